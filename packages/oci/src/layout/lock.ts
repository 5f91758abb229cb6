import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { SluiceError } from '@sluice/errors'

/** A holder only reads and writes one small file, so a lock this old was left by a killed process. */
const STALE_MS = 15_000
const WAIT_MS = 45_000

const queues = new Map<string, Promise<unknown>>()

/**
 * Runs `work` while no other writer, in this process or another on this machine, holds `file`.
 * @throws SluiceError OCI_LAYOUT_LOCKED after 45 s
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(file) ?? Promise.resolve()).then(() => lockedOnDisk(file, work))
  const settled = turn.catch(() => undefined)
  queues.set(file, settled)
  try {
    return await turn
  } finally {
    if (queues.get(file) === settled) queues.delete(file)
  }
}

async function lockedOnDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  const token = `${process.pid} ${randomUUID()}`
  await take(file, token)
  try {
    return await work()
  } finally {
    if ((await readToken(file)) === token) await rm(file, { force: true })
  }
}

async function take(file: string, token: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  for (;;) {
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(token)
      await handle.close()
      return
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    }
    await breakStale(file)
    if (Date.now() > deadline) {
      throw new SluiceError(
        'OCI_LAYOUT_LOCKED',
        `Another process has held ${file} for over ${WAIT_MS / 1000} s.`,
        {
          kind: 'surroundings',
          remedy: 'Let the other writer finish; when none is running, delete the lock file.',
        },
      )
    }
    await delay(5 + Math.random() * 20)
  }
}

/** Moves an old lock aside. Only who moved the very lock that was seen as old may delete it. */
async function breakStale(file: string): Promise<void> {
  const seen = await readToken(file)
  const info = await stat(file).catch(() => undefined)
  if (info === undefined || Date.now() - info.mtimeMs < STALE_MS) return
  if ((await readToken(file)) !== seen) return
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  await rm(aside, { force: true })
}

async function readToken(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined)
}
