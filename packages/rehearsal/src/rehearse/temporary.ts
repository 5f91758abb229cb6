import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { birthOf, lives } from '../graph/process-life.js'

const NAME = /^sluice-rehearsal-(\d+)-(\d*)-[A-Za-z0-9]+$/

/** A folder that goes with its disposal, or with the next rehearsal when this process is killed. */
export async function openTemporary(parent = tmpdir()): Promise<AsyncDisposable & { readonly path: string }> {
  await clearLeftovers(parent)
  const path = await mkdtemp(join(parent, `sluice-rehearsal-${process.pid}-${birthOf(process.pid) ?? ''}-`))
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      // What a step has parted from its group still has its folder in its environment.
      await endProcessesOf(path)
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Ends what rehearsals that were killed left running, and removes their folders. */
async function clearLeftovers(parent: string): Promise<void> {
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const [, pid, born] = NAME.exec(entry.name) ?? []
    if (pid === undefined || !entry.isDirectory() || lives(Number(pid), born ?? '')) continue
    const path = join(parent, entry.name)
    await endProcessesOf(path)
    // Somebody else's is not ours to remove.
    await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Steps know their folder by RUNNER_TEMP; those whose rehearsal is gone end here. Linux only. */
async function endProcessesOf(folder: string): Promise<void> {
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '')
    if (!environment.split('\0').some((line) => line.startsWith(`RUNNER_TEMP=${folder}/`))) continue
    try {
      process.kill(Number(entry), 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
