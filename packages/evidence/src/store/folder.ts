import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { digestOf } from '@sluice/oci'
import { BUNDLE_LIMIT, bundleBytes } from '../bundle/bundle.js'
import { refusal } from '../refusal.js'
import { BUNDLES_LIMIT, type EvidenceStore, type StoredBundle, TOTAL_LIMIT } from './store.js'

const SUFFIX = '.sigstore.json'
const SUBJECTS_LIMIT = 10_000

/**
 * A folder of bundles: `<folder>/<subject's hex>/<bundle's hex>.sigstore.json`. Names follow from contents, so copies
 * of two folders merge without conflict, and a file whose name is not its digest was changed.
 * @param folder absolute path; need not exist
 * @param shown how to name it to a person
 */
export function folderStore(folder: string, shown: string = folder): EvidenceStore {
  /** Where each bundle is already: one about a thousand files is written once and then linked. */
  const written = new Map<string, string>()
  return {
    name: `folder ${shown}`,
    async put(subject, bundle) {
      const bytes = bundleBytes(bundle)
      const digest = digestOf(bytes)
      const directory = join(folder, hexOf(subject))
      const file = join(directory, hexOf(digest) + SUFFIX)
      const temporary = join(directory, `.${randomBytes(6).toString('hex')}.tmp`)
      try {
        await mkdir(directory, { recursive: true })
        // A checkout may hold a link there, to anywhere.
        if ((await lstat(directory)).isSymbolicLink()) throw new Error('a symbolic link')
        const before = written.get(digest)
        if (before === undefined || !(await linked(before, temporary)))
          await writeFile(temporary, bytes, { flag: 'wx' })
        // Where both are already links to one file this leaves the temporary name, so it goes either way.
        await rename(temporary, file)
        await rm(temporary, { force: true })
        written.set(digest, file)
      } catch (cause) {
        await rm(temporary, { force: true })
        throw new SluiceError('STORE_UNWRITABLE', `Evidence could not be written below ${shown}.`, {
          remedy: 'Check that the folder may be written to.',
          kind: 'surroundings',
          cause,
        })
      }
      return { bytes, digest, location: `${shown}/${hexOf(subject)}/${hexOf(digest)}${SUFFIX}` }
    },
    async list(subject) {
      const directory = join(folder, hexOf(subject))
      const names = (await entries(directory, shown)).filter((name) => name.endsWith(SUFFIX)).sort()
      if (names.length > BUNDLES_LIMIT) {
        throw refusal(
          'EVIDENCE_TOO_MANY',
          `${shown} holds ${names.length} bundles of one subject; at most ${BUNDLES_LIMIT} are read.`,
        )
      }
      const found: StoredBundle[] = []
      let total = 0
      for (const name of names) {
        const bytes = await readBundle(join(directory, name), shown)
        total += bytes.length
        if (total > TOTAL_LIMIT) {
          throw refusal(
            'EVIDENCE_TOO_LARGE',
            `${shown} holds more than ${TOTAL_LIMIT} bytes of evidence of one subject.`,
          )
        }
        found.push({ bytes, digest: digestOf(bytes), location: `${shown}/${hexOf(subject)}/${name}` })
      }
      return found
    },
  }
}

/** Not every file system has hard links. */
async function linked(existing: string, name: string): Promise<boolean> {
  return link(existing, name).then(
    () => true,
    () => false,
  )
}

/** The subjects, `sha256:<hex>`, that a folder holds evidence of. @throws SluiceError STORE_UNREADABLE, EVIDENCE_TOO_MANY */
export async function folderSubjects(folder: string): Promise<string[]> {
  const names = (await entries(folder, folder)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort()
  if (names.length > SUBJECTS_LIMIT) {
    throw refusal('EVIDENCE_TOO_MANY', `${folder} holds evidence of more than ${SUBJECTS_LIMIT} subjects.`)
  }
  return names.map((name) => `sha256:${name}`)
}

/**
 * Reads one bundle's bytes, within the limit; a link is not followed.
 * @throws SluiceError STORE_UNREADABLE, EVIDENCE_TOO_LARGE
 */
async function readBundle(file: string, shown: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await handle.stat()
    if (stat.size > BUNDLE_LIMIT) {
      throw refusal(
        'EVIDENCE_TOO_LARGE',
        `A bundle in ${shown} has ${stat.size} bytes; at most ${BUNDLE_LIMIT} are read.`,
      )
    }
    if (!stat.isFile()) throw new Error('not a regular file')
    return await handle.readFile()
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw unreadable(shown, cause)
  }
}

async function entries(directory: string, shown: string): Promise<string[]> {
  try {
    // A link in place of the folder could show the evidence of something else.
    if ((await lstat(directory)).isSymbolicLink()) throw new Error('a symbolic link')
    return await readdir(directory)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(shown, cause)
  }
}

function hexOf(digest: string): string {
  const match = /^sha256:([0-9a-f]{64})$/.exec(digest)
  if (match?.[1] === undefined) {
    throw new SluiceError(
      'SUBJECT_DIGEST',
      `The subject is ${JSON.stringify(digest.slice(0, 100))}; expected sha256:<64 hex digits>.`,
      {
        remedy: 'Name the subject by its SHA-256 digest.',
      },
    )
  }
  return match[1]
}

function unreadable(shown: string, cause: unknown): SluiceError {
  return new SluiceError('STORE_UNREADABLE', `Evidence below ${shown} could not be read in full.`, {
    remedy: 'Check the folder; links in it are not followed.',
    kind: 'surroundings',
    cause,
  })
}
