import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Io } from '@sluice/toolkit'

/**
 * A first word without dashes is the subject: a folder that is there is `--path`, a file `--files`, anything else an
 * artifact. So `sluice explain model` needs no flag.
 */
export async function withSubject(argv: readonly string[], io: Io): Promise<string[]> {
  const [word, ...rest] = argv
  if (word === undefined || word.startsWith('-')) return [...argv]
  const found = await stat(resolve(io.cwd, word)).catch(() => undefined)
  const flag = found === undefined ? '--subject' : found.isDirectory() ? '--path' : '--files'
  return [`${flag}=${word}`, ...rest]
}
