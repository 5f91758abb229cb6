import { Worker } from 'node:worker_threads'

/**
 * Starts a worker that waits for its assignment. In a plain file of its own: beside the class of the pool, ncc does not
 * find the worker's file, and the bundle would start a copy without what it imports (test/bundles/hashing.test.ts).
 */
export function startWorker(): Worker {
  return new Worker(new URL('./hash-worker.js', import.meta.url), {
    // Neither options of this process nor its environment are the workers' business.
    env: {},
    execArgv: [],
    // What hashing leaves to the collector is short-lived: more room would only be memory. 25 MiB less by two.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    name: 'sluice-hash',
  })
}
