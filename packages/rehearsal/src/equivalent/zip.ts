import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { SluiceError } from '@sluice/errors'
import type { ArtifactEntry } from './artifact-store.js'

const ENTRIES = 100_000
const BYTES = 10 * 1024 ** 3

/** Artifacts keep no modes and no times on GitHub either; fixed ones make the same files the same archive. */
const ENTRY = { mode: 0o100644, mtime: new Date('1980-01-01T00:00:00Z') }

/** Writes a zip of the entries. */
export async function writeZip(entries: readonly ArtifactEntry[], file: string): Promise<void> {
  const { ZipFile } = await import('yazl')
  const zip = new ZipFile()
  for (const { name, source } of entries) zip.addFile(source, name, ENTRY)
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(file))
}

/**
 * Extracts a zip below a folder. Names that lead out are refused by yauzl, sizes are held to what they promise.
 * @throws SluiceError ARTIFACT_TOO_LARGE, ARTIFACT_NAME_INVALID
 */
export async function readZip(file: string, target: string): Promise<void> {
  const { openPromise } = await import('yauzl')
  const zip = await openPromise(file)
  let bytes = 0
  try {
    if (zip.entryCount > ENTRIES) throw tooLarge(`${ENTRIES} files`)
    for await (const entry of zip.eachEntry()) {
      bytes += entry.uncompressedSize
      if (bytes > BYTES) throw tooLarge('10 GiB')
      const to = await placeOf(target, entry.fileName)
      if (entry.fileName.endsWith('/')) {
        await mkdir(to, { recursive: true })
      } else {
        await mkdir(dirname(to), { recursive: true })
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to))
      }
    }
  } finally {
    zip.close()
  }
}

/** Where an entry goes. A checkout may hold links that lead out of it: none is gone through, none is replaced. */
async function placeOf(target: string, name: string): Promise<string> {
  const refused = (why: string) =>
    new SluiceError('ARTIFACT_NAME_INVALID', `An artifact holds ${JSON.stringify(name)}, ${why}.`, {
      remedy: 'Download it into a folder of its own.',
    })
  if (name.includes('\0')) throw refused('which no file can be named')
  let place = target
  for (const part of name.split('/').filter((one) => one !== '')) {
    place = join(place, part)
    const seen = await lstat(place).catch(() => undefined)
    if (seen === undefined) break
    if (seen.isSymbolicLink()) throw refused('which would lie behind a link')
  }
  return join(target, name)
}

export async function measure(file: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return { size: (await stat(file)).size, sha256: hash.digest('hex') }
}

function tooLarge(limit: string): SluiceError {
  return new SluiceError('ARTIFACT_TOO_LARGE', `An artifact holds more than ${limit}.`, {
    remedy: 'Upload less, or pack it first.',
  })
}
