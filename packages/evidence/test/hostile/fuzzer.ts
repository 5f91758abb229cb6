import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FuzzData, FuzzOutcome, Target } from './fuzz-worker.js'

/** No reader needs a second for an input; the rest is for a machine that is busy. */
const PATIENCE = 60_000
/** A reader that needs more for what it takes at most, 32 MiB, is not bounded. */
const MEMORY_MIB = 768

/**
 * Reads inputs in a thread of its own, so that a hang and a heap that grows without end are outcomes and not the end
 * of the tests.
 */
export class Fuzzer implements AsyncDisposable {
  readonly #data: FuzzData
  #worker: Promise<Worker> | undefined

  constructor(data: FuzzData) {
    this.#data = data
  }

  /** What became of each input. @throws Error when the reader hangs, or takes too much memory */
  async read(target: Target, inputs: readonly Uint8Array[]): Promise<readonly FuzzOutcome[]> {
    this.#worker ??= this.#start()
    const worker = await this.#worker
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), PATIENCE)
    try {
      worker.postMessage({ target, inputs })
      const [outcomes] = await once(worker, 'message', { signal: patience.signal })
      return outcomes as readonly FuzzOutcome[]
    } catch (cause) {
      this.#worker = undefined
      await worker.terminate()
      const hung = patience.signal.aborted
      throw new Error(hung ? `${target}: hangs` : `${target}: ${(cause as Error).message}`, { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#worker)?.terminate()
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
      workerData: this.#data,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
      execArgv: ['--experimental-transform-types', '--no-warnings'],
    })
    await once(worker, 'message')
    return worker
  }
}
