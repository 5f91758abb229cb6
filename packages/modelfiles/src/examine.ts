import { decompress } from './containers/compressed.js'
import { readTar } from './containers/tar.js'
import { endsAsZip, readZip } from './containers/zip.js'
import { openEntry, type ZipEntry } from './containers/zip-entry.js'
import { knownMagic, startsAsGzip, startsAsTar, startsAsZlib, startsAsZstd } from './formats/magic.js'
import { readNpy, startsAsNpy } from './formats/npy.js'
import { checkSafetensors, startsAsSafetensors } from './formats/safetensors.js'
import { checkText, isText } from './formats/text.js'
import { ambiguous, type GlobalUse, type Issue, malformed, notExamined } from './issue.js'
import { LIMITS, type Limits } from './limits.js'
import type { PicklePolicy } from './pickle/policy.js'
import { type PickleReport, readPickles, startsAsPickle } from './pickle/read-pickles.js'
import { type ByteSource, memorySource, slice } from './source.js'

/** What one file turned out to be. */
export interface Examination {
  /** As a reader would call it: `zip (PyTorch)`, `pickle`, `safetensors`, `text` … */
  readonly format: string
  readonly issues: readonly Issue[]
  /** Everything that pickles in it import, by member. */
  readonly globals: readonly (GlobalUse & { readonly member?: string })[]
  /** Files seen in it, itself included. */
  readonly members: number
}

/**
 * Examines one model file by its content; its name is not asked. Nothing is executed, unpickled or written.
 * What cannot be told is an issue of level `unknown`.
 */
export async function examineFile(
  source: ByteSource,
  policy: PicklePolicy,
  limits: Limits = LIMITS,
): Promise<Examination> {
  const examiner = new Examiner(policy, limits)
  const format = await examiner.examine(source, undefined, 0)
  return { format, issues: examiner.issues, globals: examiner.globals, members: examiner.members }
}

const HEAD = 64 * 1024
const TWO_READINGS = ambiguous('An unpickler would read it as a pickle, other readers as what it seems.')

class Examiner {
  readonly issues: Issue[] = []
  readonly globals: (GlobalUse & { member?: string })[] = []
  members = 0
  readonly #policy: PicklePolicy
  readonly #limits: Limits
  /** Bytes that decompression may still produce. */
  readonly #budget: { bytes: number }

  constructor(policy: PicklePolicy, limits: Limits) {
    this.#policy = policy
    this.#limits = limits
    this.#budget = { bytes: limits.expandedBytes }
  }

  /** @returns the format's name */
  async examine(source: ByteSource, member: string | undefined, depth: number): Promise<string> {
    this.members++
    if (depth > this.#limits.depth) {
      this.#add(member, notExamined(`It is nested more than ${this.#limits.depth} containers deep.`))
      return 'not examined'
    }
    const head = await source.read(0, HEAD)
    if (head.length === 0) return 'empty'
    const zip = await endsAsZip(source)
    if (zip && !startsAsZip(head)) {
      this.#add(member, ambiguous('It ends as a zip and starts as something else.'))
    }
    if (startsAsZip(head) || zip) {
      if (!startsAsZip(head)) await this.#other(source, head, member, depth)
      return await this.#zip(source, member, depth)
    }
    return await this.#other(source, head, member, depth)
  }

  async #other(
    source: ByteSource,
    head: Uint8Array,
    member: string | undefined,
    depth: number,
  ): Promise<string> {
    if (startsAsSafetensors(head, source.size)) {
      if (await this.#actsAsPickle(source, head, member)) this.#add(member, TWO_READINGS)
      this.#add(member, ...(await checkSafetensors(source, this.#limits)))
      return 'safetensors'
    }
    if (startsAsPickle(head)) return await this.#pickle(source, member)
    if (startsAsNpy(head)) return await this.#npy(source, member)
    const known = knownMagic(head)
    if (known?.format === 'code') return this.#code(member, known.name)
    if (startsAsGzip(head)) return await this.#compressed(source, 'gzip', member, depth)
    if (startsAsZstd(head)) return await this.#compressed(source, 'zstd', member, depth)
    if (startsAsTar(head)) {
      // A tar begins with the name of its first member, which may be a pickle.
      if (await this.#actsAsPickle(source, head, member)) this.#add(member, TWO_READINGS)
      return await this.#tar(source, member, depth)
    }
    if (await this.#actsAsPickle(source, head, member)) return 'pickle'
    if (known?.format === 'data') return known.name
    if (known?.format === 'unexamined') {
      this.#add(member, notExamined(`The format ${known.name} is recognised, but not examined.`))
      return known.name
    }
    // A stream of zlib may be made of letters alone, and its readers ask for no end and no checksum.
    if (startsAsZlib(head)) return await this.#compressed(source, 'zlib', member, depth)
    if (await isText(source, this.#limits.textBytes)) {
      const text = Buffer.from(await source.read(0, this.#limits.memoryBytes)).toString('utf8')
      this.#add(member, ...checkText(text))
      return 'text'
    }
    this.#add(member, notExamined('Its format is not recognised.'))
    return 'unknown'
  }

  async #pickle(source: ByteSource, member: string | undefined): Promise<string> {
    const report = await this.#readPickles(source, member)
    if (report !== undefined) this.#addPickles(member, report)
    return 'pickle'
  }

  async #readPickles(source: ByteSource, member: string | undefined): Promise<PickleReport | undefined> {
    if (source.size > this.#limits.memoryBytes) {
      this.#add(member, notExamined(`The pickle of ${source.size} bytes is larger than is read.`))
      return undefined
    }
    return readPickles(await source.read(0, source.size), this.#policy, this.#limits)
  }

  #addPickles(member: string | undefined, report: PickleReport): void {
    this.#add(member, ...report.issues)
    for (const use of report.globals) this.globals.push(member === undefined ? use : { ...use, member })
  }

  /**
   * Pickles of protocol 0 and 1 have no magic, and any letter may begin one. One that calls something before it
   * breaks, that ends after an import, or that is whole, is taken for what it would be to an unpickler.
   */
  async #actsAsPickle(source: ByteSource, head: Uint8Array, member: string | undefined): Promise<boolean> {
    let report = readPickles(head, this.#policy, this.#limits)
    if (report.cut && source.size > head.length) {
      const bytes = await source.read(0, Math.min(source.size, this.#limits.memoryBytes))
      report = readPickles(bytes, this.#policy, this.#limits)
    }
    const acts = report.calls > 0 || (report.pickles > 0 && report.globals.length > 0)
    const whole = report.pickles > 0 && report.issues.length === 0
    if (acts || whole) this.#addPickles(member, report)
    return acts || whole
  }

  async #npy(source: ByteSource, member: string | undefined): Promise<string> {
    const npy = await readNpy(source)
    if (npy.kind === 'unclear') this.#add(member, malformed(npy.why))
    else if (npy.kind === 'objects') {
      await this.#pickle(slice(source, npy.dataOffset, source.size - npy.dataOffset), member)
      return 'npy of objects'
    } else if (BigInt(source.size - npy.dataOffset) !== npy.dataLength) {
      const found = source.size - npy.dataOffset
      this.#add(member, malformed(`The array should have ${npy.dataLength} bytes and has ${found}.`))
    }
    return 'npy'
  }

  #code(member: string | undefined, name: string): string {
    this.#add(member, {
      rule: 'model/native-code',
      level: 'error',
      message: `It is ${name}, which a model does not need.`,
      remedy: 'Remove it from the model; ship code in the image, where it is built and scanned.',
    })
    return name
  }

  async #compressed(
    source: ByteSource,
    format: 'gzip' | 'zlib' | 'zstd',
    member: string | undefined,
    depth: number,
  ): Promise<string> {
    const { content, issues } = await decompress(source, format, this.#limits, this.#budget)
    this.#add(member, ...issues)
    return `${format} of ${await this.examine(content, member, depth + 1)}`
  }

  async #tar(source: ByteSource, member: string | undefined, depth: number): Promise<string> {
    const report = (issue: Issue) => this.#add(member, issue)
    for await (const { name, content } of readTar(source, this.#limits, this.#budget, report)) {
      await this.examine(content, join(member, name), depth + 1)
    }
    return 'tar'
  }

  async #zip(source: ByteSource, member: string | undefined, depth: number): Promise<string> {
    const { entries, issues } = await readZip(source, this.#limits)
    this.#add(member, ...issues)
    const pickles = entries.filter((entry) => /^(?:[^/]+\/)?data\.pkl$/.test(entry.name))
    const root = pickles.length === 1 ? pickles[0]!.name.slice(0, -'data.pkl'.length) : undefined
    const storages = new Set<string>()
    const ordered = [...entries].sort((a, b) => Number(pickles.includes(b)) - Number(pickles.includes(a)))
    for (const entry of ordered) {
      if (entry.name.endsWith('/') && entry.size === 0) continue
      const opened = await openEntry(source, entry, this.#limits, this.#budget)
      this.#add(member, ...opened.issues)
      if (opened.content === undefined) continue
      // torch reads a storage as raw numbers, and only those that data.pkl names.
      if (root !== undefined && isStorage(entry, root, storages)) {
        this.members++
        continue
      }
      const name = join(member, entry.name)
      if (root !== undefined && entry.name === `${root}data.pkl`) {
        this.members++
        const report = await this.#readPickles(opened.content, name)
        for (const key of report?.storages ?? []) storages.add(key)
        if (report !== undefined) this.#addPickles(name, report)
      } else await this.examine(opened.content, name, depth + 1)
    }
    return root === undefined ? 'zip' : 'zip (PyTorch)'
  }

  #add(member: string | undefined, ...issues: Issue[]): void {
    for (const issue of issues) {
      const path = issue.member === undefined ? member : join(member, issue.member)
      this.issues.push(path === undefined ? issue : { ...issue, member: path })
    }
  }
}

function isStorage(entry: ZipEntry, root: string, storages: ReadonlySet<string>): boolean {
  const folder = `${root}data/`
  return entry.name.startsWith(folder) && storages.has(entry.name.slice(folder.length))
}

function startsAsZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04
}

function join(member: string | undefined, name: string): string {
  return member === undefined ? name : `${member}/${name}`
}

/** As `examineFile`, on bytes in memory. */
export function examineBytes(
  bytes: Uint8Array,
  policy: PicklePolicy,
  limits: Limits = LIMITS,
): Promise<Examination> {
  return examineFile(memorySource(bytes), policy, limits)
}
