// One worker's share of the replicates.
import { parentPort, workerData } from 'node:worker_threads'
import { aucDifferenceReplicates } from '../../../packages/statistics/lib/index.js'

const { a, b, which } = workerData
parentPort.postMessage(aucDifferenceReplicates(a, b, which))
