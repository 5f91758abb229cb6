import { parentPort, workerData } from 'node:worker_threads'
import { isSluiceError } from '@sluice/errors'
import { type Answer, type Assignment, takeParts } from './queue.js'

// The entry of a worker of `hashFiles`; bundles carry it beside themselves, see scripts/bundle.mjs.
const assignment: Assignment = workerData
const answer = await takeParts(assignment).then(
  (done): Answer => ({ done }),
  (error: unknown): Answer => {
    // The others need not go on.
    Atomics.store(assignment.next, 0, assignment.parts.length)
    if (!isSluiceError(error)) throw error
    // An error that is sent to another thread loses all but its message.
    const { code, message, remedy, kind } = error
    return { failed: { code, message, remedy, kind } }
  },
)
parentPort?.postMessage(answer)
