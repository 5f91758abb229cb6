import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { SluiceError } from '@sluice/errors'
import { type Answer, pack } from './assignment.js'
import { estimateSeconds, planParts, secondsFor } from './plan.js'
import { type Queue, type Taken, takeParts } from './queue.js'
import type { ListedFile, Part, Range } from './read.js'
import { startWorker } from './start-worker.js'
import type { Hashing } from './tree.js'

/** More would wait for the disk, and each costs memory. */
const WORKER_LIMIT = 16
/** What it costs to start workers, in seconds: below it they would take longer than they save (Zen 3, Node 24). */
const START_SECONDS = 0.04

/** Digests of a file: SHA-256, and those of its ranges in their order. */
export interface FileDigests {
  readonly sha256: string
  readonly ranges: readonly { readonly start: number; readonly end: number; readonly digest: string }[]
}

/** Hashes files by as many workers as there are cores, or here where that is sooner. Disposed, it has no worker left. */
export class HashPool implements AsyncDisposable {
  readonly #most: number
  readonly #forced: boolean
  readonly #workers: { readonly worker: Worker; readonly answer: Promise<Taken> }[] = []
  #seconds = 0

  /** @param workers how many at most, and then in any case; the cores there are by default, where they are worth it */
  constructor(workers?: number) {
    this.#most = workers ?? Math.min(availableParallelism(), WORKER_LIMIT)
    this.#forced = workers !== undefined
  }

  /** Says that a file is coming, so that workers start while others are still listed. @param size bytes */
  expect(size: number): void {
    this.#seconds += secondsFor(size)
    if (this.#isWorthwhile(this.#seconds, this.#most)) this.#start(this.#most)
  }

  /**
   * Hashes files; once in the life of a pool.
   * @returns in the order of `files`; `ranges` are empty where only SHA-256 of whole files is asked for
   * @throws SluiceError HASH_NOT_A_FILE, HASH_UNREADABLE, HASH_CHANGED, HASH_TOO_MANY, HASH_WORKER
   */
  async hash(files: readonly ListedFile[], hashing: Hashing): Promise<FileDigests[]> {
    const parts = planParts(files, hashing, this.#most)
    const queue = { files, parts, hashing, next: new Int32Array(new SharedArrayBuffer(4)) }
    const count = Math.min(this.#most, parts.length)
    if (this.#forced || this.#isWorthwhile(estimateSeconds(files, parts), count)) this.#start(count)
    if (this.#workers.length === 0) return collect(queue, [await takeParts(queue)])
    const assignment = pack(queue)
    for (const { worker } of this.#workers) worker.postMessage(assignment)
    return collect(queue, await Promise.all(this.#workers.map(({ answer }) => answer)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()))
  }

  #isWorthwhile(seconds: number, count: number): boolean {
    return count > 1 && seconds * (1 - 1 / count) > START_SECONDS
  }

  #start(count: number): void {
    while (count > 1 && this.#workers.length < count) {
      const worker = startWorker()
      const answer = answerOf(worker)
      // Asked for by `hash` only: where listing fails before, nobody waits for it.
      answer.catch(() => undefined)
      this.#workers.push({ worker, answer })
    }
  }
}

/** Hashes files that are all known, see `HashPool`. */
export async function hashFiles(
  files: readonly ListedFile[],
  hashing: Hashing,
  workers?: number,
): Promise<FileDigests[]> {
  await using pool = new HashPool(workers)
  return await pool.hash(files, hashing)
}

function answerOf(worker: Worker): Promise<Taken> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: Answer) => {
      if ('taken' in answer) resolve(answer.taken)
      else reject(new SluiceError(answer.failed.code, answer.failed.message, answer.failed))
    })
    worker.once('error', (cause) => reject(died(cause)))
    worker.once('exit', () => reject(died()))
  })
}

function collect({ files, parts }: Queue, all: readonly Taken[]): FileDigests[] {
  const sha256 = new Map<number, string>()
  const ranges = files.map((): FileDigests['ranges'][number][] => [])
  for (const taken of all) {
    for (const [at, index] of taken.parts.entries()) {
      const part = parts[index] as Part
      if (part.whole) sha256.set(part.file, taken.sha256[at] as string)
      for (const [nth, digest] of (taken.ranges.get(index) ?? []).entries()) {
        const [start, end] = part.ranges[nth] as Range
        ranges[part.file]?.push({ start, end, digest })
      }
    }
  }
  return files.map((_, file) => {
    const whole = sha256.get(file)
    if (whole === undefined) throw died()
    return { sha256: whole, ranges: (ranges[file] ?? []).sort((a, b) => a.start - b.start) }
  })
}

function died(cause?: unknown): SluiceError {
  return new SluiceError('HASH_WORKER', 'A thread that was hashing files ended before it was done.', {
    remedy: 'Give the job more memory, and check that the files of the action are whole.',
    kind: 'surroundings',
    cause,
  })
}
