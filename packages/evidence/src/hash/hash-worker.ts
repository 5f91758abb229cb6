import { once } from 'node:events'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { isSluiceError } from '@sluice/errors'
import { type Answer, type Assignment, unpack } from './assignment.js'
import { takeParts } from './queue.js'

// The entry of a worker of `hashFiles`; bundles carry it beside themselves, see scripts/bundle.mjs.
const port = parentPort as MessagePort
const [assignment]: [Assignment] = (await once(port, 'message')) as [Assignment]
const answer = await takeParts(unpack(assignment)).then(
  (taken): Answer => ({ taken }),
  (error: unknown): Answer => {
    // The others need not go on.
    Atomics.store(assignment.next, 0, assignment.order.length)
    if (!isSluiceError(error)) throw error
    // An error that is sent to another thread loses all but its message.
    const { code, message, remedy, kind } = error
    return { failed: { code, message, remedy, kind } }
  },
)
port.postMessage(answer)
