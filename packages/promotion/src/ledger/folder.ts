import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { bundleBytes } from '@sluice/evidence'
import { conflict, tooLarge, unreadable, unwritable } from './faults.js'
import { type LedgerStore, RECORD_LIMIT, RECORDS_LIMIT, type StoredRecord } from './store.js'

const FILE = /^(\d{6})\.json$/

/**
 * A ledger in a folder: `<folder>/<environment>/<sequence>.json`. The name is the sequence number alone, for the file
 * system then lets only one writer have it, and two branches that both add it conflict when they are merged.
 * @param folder absolute path; need not exist
 * @param shown how to name it to a person
 */
export function folderLedger(folder: string, shown: string = folder): LedgerStore {
  return {
    name: `folder ${shown}`,
    async list(environment) {
      const directory = join(folder, environment)
      const names = await entries(directory, shown)
      const records = names.filter((name) => FILE.test(name)).sort()
      if (records.length > RECORDS_LIMIT) throw tooLarge(shown, `holds more than ${RECORDS_LIMIT} records`)
      const found: StoredRecord[] = []
      for (const name of records) {
        const bytes = await readRecordFile(join(directory, name), shown)
        found.push({
          sequence: Number(FILE.exec(name)![1]),
          bytes,
          location: `${shown}/${environment}/${name}`,
        })
      }
      return found
    },
    async read(environment, sequence) {
      const names = await entries(join(folder, environment), shown)
      const name = fileOf(sequence)
      return names.includes(name) ? await readRecordFile(join(folder, environment, name), shown) : undefined
    },
    async create(environment, sequence, bundle) {
      const directory = join(folder, environment)
      const name = fileOf(sequence)
      const temporary = join(directory, `.${randomBytes(6).toString('hex')}.tmp`)
      try {
        await mkdir(directory, { recursive: true })
        const handle = await open(temporary, 'wx')
        try {
          await handle.writeFile(bundleBytes(bundle))
          await handle.sync()
        } finally {
          await handle.close()
        }
        // Unlike a rename, a link does not replace: whole or not at all, and for one writer only.
        await link(temporary, join(directory, name))
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw conflict(shown, environment, sequence)
        throw unwritable(shown, cause)
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined)
      }
      return `${shown}/${environment}/${name}`
    },
  }
}

function fileOf(sequence: number): string {
  return `${String(sequence).padStart(6, '0')}.json`
}

async function entries(directory: string, shown: string): Promise<string[]> {
  try {
    if ((await lstat(directory)).isSymbolicLink()) throw new Error('a symbolic link')
    return await readdir(directory)
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(shown, cause)
  }
}

/** Without NONBLOCK, opening a pipe that was put in a record's place would wait for ever; a link is not followed. */
async function readRecordFile(file: string, shown: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { size } = await handle.stat()
    if (size > RECORD_LIMIT) throw tooLarge(shown, `holds a record of more than ${RECORD_LIMIT} bytes`)
    return await handle.readFile()
  } catch (cause) {
    throw cause instanceof SluiceError ? cause : unreadable(shown, cause)
  }
}
