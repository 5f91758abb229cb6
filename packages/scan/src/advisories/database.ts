import { createHash } from 'node:crypto'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type OsvRecord, parseOsv } from './osv.js'

/** What a database of advisories holds about the packages at hand. */
export interface AdvisoryDatabase {
  /** Records that name a wanted package. */
  readonly records: readonly OsvRecord[]
  /** All records, wanted or not. */
  readonly total: number
  /** Names of ecosystems in it, without their releases' suffix where a record has none. */
  readonly ecosystems: ReadonlySet<string>
  /** The latest `modified` of all records, RFC 3339. */
  readonly lastUpdate: string
  /** SHA-256 over the names and contents of all records, lower-case hex. */
  readonly sha256: string
  /** Files that are not OSV records. */
  readonly malformed: readonly string[]
}

const MiB = 1024 * 1024
const LIMITS = { records: 2_000_000, recordBytes: 16 * MiB, totalBytes: 64 * 1024 * MiB, depth: 8 }

/**
 * Reads OSV records from a folder (`*.json`, folders within) or a zip, as osv.dev publishes them. A record is
 * only parsed when its text names a wanted package: databases hold hundreds of thousands.
 * @param path absolute
 * @param wanted names of packages, as the ecosystem's advisories write them
 * @throws SluiceError ADVISORIES_NOT_FOUND, ADVISORIES_UNREADABLE
 */
export async function readAdvisories(
  path: string,
  wanted: ReadonlySet<string>,
  display = path,
): Promise<AdvisoryDatabase> {
  const stat = await lstat(path).catch(() => undefined)
  if (stat === undefined) {
    throw new SluiceError('ADVISORIES_NOT_FOUND', `There is no folder or zip of advisories at ${display}.`, {
      remedy: 'Correct `advisories`; osv.dev publishes one zip for each ecosystem.',
    })
  }
  const collector = new Collector(wanted)
  try {
    const texts = stat.isDirectory() ? folderTexts(path, '', 0) : zipTexts(path)
    for await (const { name, text } of texts) collector.add(name, text)
  } catch (cause) {
    throw new SluiceError(
      'ADVISORIES_UNREADABLE',
      `The advisories at ${display} cannot be read wholly: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        remedy: 'Download the database again; part of one would hide vulnerabilities.',
        kind: 'surroundings',
        cause,
      },
    )
  }
  return collector.finish(display)
}

interface NamedText {
  readonly name: string
  readonly text: string
}

class Collector {
  readonly #wanted: ReadonlySet<string>
  readonly #records: OsvRecord[] = []
  readonly #ecosystems = new Set<string>()
  readonly #malformed: string[] = []
  readonly #digests: string[] = []
  #bytes = 0
  #lastUpdate = ''

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted
  }

  add(name: string, text: string): void {
    this.#bytes += text.length
    if (this.#digests.length >= LIMITS.records || this.#bytes > LIMITS.totalBytes) {
      throw new Error('it is larger than is read')
    }
    this.#digests.push(`${createHash('sha256').update(text).digest('hex')} ${name}`)
    for (const [, ecosystem] of text.matchAll(/"ecosystem"\s*:\s*"([^"\\]{1,100})"/g))
      this.#ecosystems.add(ecosystem!)
    const modified = /"modified"\s*:\s*"(\d{4}-\d\d-\d\dT[0-9:.]{8,18}Z)"/.exec(text)?.[1]
    if (modified === undefined) this.#malformed.push(name)
    else if (modified > this.#lastUpdate) this.#lastUpdate = modified
    if (!this.#isWanted(text)) return
    const record = parseOsv(text)
    if (record === undefined) this.#malformed.push(name)
    else this.#records.push(record)
  }

  /** Escapes could hide a name from the pattern, so a text that has any is parsed. */
  #isWanted(text: string): boolean {
    if (text.includes('\\u')) return true
    for (const [, name] of text.matchAll(/"name"\s*:\s*"([^"\\]{1,1024})"/g)) {
      if (this.#wanted.has(name!) || this.#wanted.has(name!.replace(/[-_.]+/g, '-').toLowerCase()))
        return true
    }
    return false
  }

  finish(display: string): AdvisoryDatabase {
    if (this.#digests.length === 0) {
      throw new SluiceError('ADVISORIES_NOT_FOUND', `${display} holds no advisory.`, {
        remedy: 'Point `advisories` to a folder or zip of OSV records (`*.json`).',
      })
    }
    const hash = createHash('sha256')
    for (const line of this.#digests.sort()) hash.update(`${line}\n`)
    return {
      records: this.#records,
      total: this.#digests.length,
      ecosystems: this.#ecosystems,
      lastUpdate: this.#lastUpdate,
      sha256: hash.digest('hex'),
      malformed: [...new Set(this.#malformed)],
    }
  }
}

async function* folderTexts(root: string, folder: string, depth: number): AsyncGenerator<NamedText> {
  if (depth > LIMITS.depth) throw new Error('its folders are nested too deep')
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) yield* folderTexts(root, name, depth + 1)
    else if (!name.endsWith('.json')) continue
    else if (!entry.isFile()) throw new Error(`${name} is no regular file`)
    else {
      const stat = await lstat(join(root, name))
      if (stat.size > LIMITS.recordBytes) throw new Error(`${name} is larger than is read`)
      yield { name, text: await readFile(join(root, name), 'utf8') }
    }
  }
}

async function* zipTexts(path: string): AsyncGenerator<NamedText> {
  const { openPromise } = await import('yauzl')
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false })
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      if (!name.endsWith('.json')) continue
      if (entry.uncompressedSize > LIMITS.recordBytes) throw new Error(`${name} is larger than is read`)
      const parts: Uint8Array[] = []
      // yauzl fails a stream that yields another number of bytes than the directory says.
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Uint8Array)
      yield { name, text: Buffer.concat(parts).toString('utf8') }
    }
  } finally {
    zip.close()
  }
}
