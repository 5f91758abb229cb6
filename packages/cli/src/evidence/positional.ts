import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Io } from '@sluice/toolkit'

/**
 * A first word without dashes is the subject: a folder that is there is `--path`, a file `--files`, anything else an
 * artifact. So `sluice explain model` needs no flag.
 * @throws SluiceError FILE_NOT_FOUND of what is not there and could be no artifact
 */
export async function withSubject(argv: readonly string[], io: Io): Promise<string[]> {
  const [word, ...rest] = argv
  if (word === undefined || word.startsWith('-')) return [...argv]
  const found = await stat(resolve(io.cwd, word)).catch(() => undefined)
  if (found === undefined && isBare(word)) {
    throw new SluiceError(
      'FILE_NOT_FOUND',
      `There is no folder or file ${JSON.stringify(word.slice(0, 200))}, and an artifact has a tag or digest.`,
      { remedy: 'Correct the path, or name the artifact as `registry/name@sha256:…` or `oci:<layout>`.' },
    )
  }
  const flag = found === undefined ? '--subject' : found.isDirectory() ? '--path' : '--files'
  return [`${flag}=${word}`, ...rest]
}

/** Whether a word names neither tag nor digest, nor a layout, which needs none. */
function isBare(word: string): boolean {
  return !word.startsWith('oci:') && !/@|:[^/]*$/.test(word)
}
