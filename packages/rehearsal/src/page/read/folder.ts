import { isSluiceError, SluiceError } from '@sluice/errors'
import type { Workspace } from '@sluice/toolkit'
import type { Unread } from '../data.js'
import type { Source } from './collect.js'

/** JSON files in one folder of reports. */
const FILE_LIMIT = 1000
/** Bytes of one file, and of all that are read. */
const BYTE_LIMIT = 16 * 1024 * 1024
const TOTAL_LIMIT = 64 * 1024 * 1024

/**
 * Reads every JSON file below a folder; links are not followed. A file that cannot be read is named, and so is what
 * is over the limit of bytes: neither is silently left out.
 * @throws SluiceError PAGE_TOO_MANY_FILES
 */
export async function readFolder(
  folder: Workspace,
): Promise<{ readonly sources: Source[]; readonly unread: Unread[] }> {
  const files = await folder.glob(['**/*.json'])
  if (files.length > FILE_LIMIT) {
    throw new SluiceError(
      'PAGE_TOO_MANY_FILES',
      `${folder.root} holds ${files.length} JSON files; at most ${FILE_LIMIT} are read.`,
      { remedy: 'Give the folder of one run as `--directory`.' },
    )
  }
  const sources: Source[] = []
  const unread: Unread[] = []
  let left = TOTAL_LIMIT
  for (const file of files) {
    try {
      const text = await folder.readText(file, Math.min(BYTE_LIMIT, left))
      left -= Buffer.byteLength(text)
      sources.push({ file, text })
    } catch (error) {
      if (!isSluiceError(error)) throw error
      unread.push({ file, because: error.message })
    }
  }
  return { sources, unread }
}
