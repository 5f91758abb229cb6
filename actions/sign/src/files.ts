import { SluiceError } from '@sluice/errors'
import { pathFault, SUBJECT_LIMIT, sha256Files } from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'

/** One statement names at most `SUBJECT_LIMIT` subjects, so more files are signed in several; not in any number. */
export const FILES_LIMIT = 10 * SUBJECT_LIMIT
const CHECKSUMS_LIMIT = 8 * 1024 * 1024
/** As `sha256sum` prints it, text or binary; and with `--tag`. */
const LINE = /^([0-9a-f]{64}) [ *](.+)$/
const TAGGED = /^SHA256 \((.+)\) = ([0-9a-f]{64})$/

/** A file by its full relative path. */
export interface FileSubject {
  readonly name: string
  /** `sha256:<hex>` */
  readonly digest: string
}

/** The files that match, hashed. @throws SluiceError SIGN_FILES_NOT_FOUND, SIGN_FILES_TOO_MANY, HASH_* */
export async function findFiles(patterns: readonly string[], context: Context): Promise<FileSubject[]> {
  const paths = await context.workspace.glob(patterns)
  if (paths.length === 0) {
    throw new SluiceError('SIGN_FILES_NOT_FOUND', `No file matches ${patterns.join(', ').slice(0, 300)}.`, {
      remedy: 'Correct `files` or `working-directory`.',
    })
  }
  checkCount(paths.length)
  const digests = await hashed(paths, context)
  return paths.map((name, index) => ({ name, digest: digests[index] ?? '' }))
}

/**
 * The files that a list of checksums names. Those that are there are hashed again and must agree; of the others the
 * list is the only word, as when a build elsewhere made them.
 * @throws SluiceError SIGN_CHECKSUMS, SIGN_CHECKSUMS_MISMATCH, SIGN_FILES_TOO_MANY
 */
export async function readChecksums(file: string, context: Context): Promise<FileSubject[]> {
  const subjects = parseChecksums(await context.workspace.readText(file, CHECKSUMS_LIMIT), file)
  checkCount(subjects.length)
  const present: FileSubject[] = []
  for (const subject of subjects) if (await context.workspace.exists(subject.name)) present.push(subject)
  const digests = await hashed(
    present.map(({ name }) => name),
    context,
  )
  const wrong = present.find(({ digest }, index) => digests[index] !== digest)
  if (wrong !== undefined) {
    throw new SluiceError(
      'SIGN_CHECKSUMS_MISMATCH',
      `${file} says that ${JSON.stringify(wrong.name)} is ${wrong.digest}, and it is not.`,
      { remedy: 'Make the checksums after the last step that writes the files.', kind: 'refused' },
    )
  }
  const taken = subjects.length - present.length
  if (taken > 0)
    context.log.info(`${taken} of ${subjects.length} files are not here: signed as ${file} has them.`)
  return subjects
}

/** What `sha256sum` wrote, by name. Pure. @throws SluiceError SIGN_CHECKSUMS */
export function parseChecksums(text: string, file: string): FileSubject[] {
  const subjects = new Map<string, FileSubject>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue
    const tagged = TAGGED.exec(line)
    const plain = LINE.exec(line)
    const [hex, path] = tagged === null ? [plain?.[1], plain?.[2]] : [tagged[2], tagged[1]]
    // `sha256sum` writes `\` before a line whose name it had to escape: no name that is signed needs that.
    if (hex === undefined || path === undefined) throw unfit(file, index, 'is none that `sha256sum` prints')
    const name = path.replace(/^(\.\/)+/, '')
    const fault = pathFault(name)
    if (fault !== undefined) throw unfit(file, index, `has a name that ${fault}`)
    const digest = `sha256:${hex}`
    if ((subjects.get(name)?.digest ?? digest) !== digest)
      throw unfit(file, index, 'gives a file a second digest')
    subjects.set(name, { name, digest })
  }
  if (subjects.size === 0) throw unfit(file, 0, 'is the only one, and empty')
  return [...subjects.values()]
}

function checkCount(count: number): void {
  if (count <= FILES_LIMIT) return
  throw new SluiceError(
    'SIGN_FILES_TOO_MANY',
    `${count} files are to be signed one by one; at most ${FILES_LIMIT} are.`,
    { remedy: 'Sign the folder that holds them with `path`: one digest commits to all names and contents.' },
  )
}

async function hashed(paths: readonly string[], context: Context): Promise<string[]> {
  const absolute = await Promise.all(paths.map((path) => context.workspace.resolve(path)))
  return (await sha256Files(absolute)).map(({ sha256 }) => `sha256:${sha256}`)
}

function unfit(file: string, index: number, why: string): SluiceError {
  const line = index + 1
  return new SluiceError('SIGN_CHECKSUMS', `${file}:${line}: the line ${why}.`, {
    remedy:
      'Give what `sha256sum` prints of files by their relative paths: 64 hex digits, two spaces, the path.',
    at: { file, line },
  })
}
