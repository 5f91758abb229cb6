import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { SluiceError } from '@sluice/errors'
import { estimateSeconds, planParts } from './plan.js'
import { type Answer, type Assignment, type Done, takeParts } from './queue.js'
import type { ListedFile, Part } from './read.js'
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

/**
 * Hashes files by as many workers as there are cores, or here where that is sooner. No worker outlives the call.
 * @param workers how many at most; the cores there are by default
 * @returns in the order of `files`; `ranges` are empty where only SHA-256 of whole files is asked for
 * @throws SluiceError HASH_NOT_A_FILE, HASH_UNREADABLE, HASH_CHANGED, HASH_TOO_MANY, HASH_WORKER
 */
export async function hashFiles(
  files: readonly ListedFile[],
  hashing: Hashing,
  workers?: number,
): Promise<FileDigests[]> {
  const most = workers ?? Math.min(availableParallelism(), WORKER_LIMIT)
  const parts = planParts(files, hashing, most)
  const count = Math.min(most, parts.length)
  const saved = estimateSeconds(files, parts) * (1 - 1 / count)
  const assignment = { files, parts, hashing, next: new Int32Array(new SharedArrayBuffer(4)) }
  const useful = count > 1 && (workers !== undefined || saved > START_SECONDS)
  const done = useful ? await runWorkers(assignment, count) : await takeParts(assignment)
  return collect(assignment, done)
}

async function runWorkers(assignment: Assignment, count: number) {
  const workers = Array.from(
    { length: count },
    () =>
      // Neither options of this process nor its environment are the workers' business.
      new Worker(new URL('./hash-worker.js', import.meta.url), {
        workerData: assignment,
        env: {},
        execArgv: [],
        name: 'sluice-hash',
      }),
  )
  try {
    return (await Promise.all(workers.map(answerOf))).flat()
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function answerOf(worker: Worker): Promise<readonly Done[]> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: Answer) => {
      if ('done' in answer) resolve(answer.done)
      else reject(new SluiceError(answer.failed.code, answer.failed.message, answer.failed))
    })
    worker.once('error', (cause) => reject(died(cause)))
    worker.once('exit', () => reject(died()))
  })
}

function collect({ files, parts }: Assignment, done: readonly Done[]): FileDigests[] {
  const sha256 = new Map<number, string>()
  const ranges = files.map((): FileDigests['ranges'][number][] => [])
  for (const [index, digests] of done) {
    const part = parts[index] as Part
    if (digests.sha256 !== undefined) sha256.set(part.file, digests.sha256)
    for (const [at, [start, end]] of part.ranges.entries()) {
      ranges[part.file]?.push({ start, end, digest: digests.ranges[at] as string })
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
