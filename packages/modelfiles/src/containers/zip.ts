import { ambiguous, type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import type { ByteSource } from '../source.js'
import {
  type CentralEntry,
  findEnd,
  type LocalHeader,
  locate,
  readDirectory,
  readLocal,
} from './zip-directory.js'
import type { ZipEntry } from './zip-entry.js'

export interface Zip {
  readonly entries: readonly ZipEntry[]
  readonly issues: readonly Issue[]
}

/** Whether `source` has an end record of a zip: at its end, where zip readers look, whatever it starts with. */
export async function endsAsZip(source: ByteSource): Promise<boolean> {
  return (await findEnd(source)).length > 0
}

/**
 * Reads a zip's directory and holds it against the local headers. Readers differ in which of the two they
 * believe (picklescan GHSA-7q5r-7gvp-wc82), in flags (GHSA-w8jq-xcqf-f792) and in doubled names, so each
 * difference is reported, and every entry is read all the same.
 */
export async function readZip(source: ByteSource, limits: Limits): Promise<Zip> {
  const issues: Issue[] = []
  const ends = await findEnd(source)
  const end = ends.at(-1)
  if (end === undefined) return { entries: [], issues: [malformed('The zip has no end record.')] }
  if (ends.length > 1) issues.push(ambiguous('The zip has more than one end record.'))
  const directory = await locate(source, end)
  if (typeof directory === 'string') return { entries: [], issues: [...issues, malformed(directory)] }
  if (directory.count > limits.members) {
    return {
      entries: [],
      issues: [...issues, notExamined(`The zip has more than ${limits.members} entries.`)],
    }
  }
  const central = await readDirectory(source, directory)
  if (typeof central === 'string') return { entries: [], issues: [...issues, malformed(central)] }

  const entries: ZipEntry[] = []
  const names = new Set<string>()
  for (const entry of central) {
    if (names.has(entry.name))
      issues.push(ambiguous('The zip holds this name twice.', { member: entry.name }))
    names.add(entry.name)
    const local = await readLocal(source, entry)
    if (typeof local === 'string') issues.push(malformed(local, { member: entry.name }))
    else {
      issues.push(...compare(entry, local))
      entries.push({ ...entry, dataOffset: local.dataOffset })
    }
  }
  issues.push(...findHidden(entries, central, directory.offset))
  return { entries, issues }
}

function compare(entry: CentralEntry, local: LocalHeader): Issue[] {
  const differs: string[] = []
  if (local.name !== entry.name) differs.push('name')
  if (local.method !== entry.method) differs.push('compression method')
  if (local.flags !== entry.flags) differs.push('flags')
  const told = (local.flags & 8) === 0 && local.size !== 0xffffffff && local.compressedSize !== 0xffffffff
  if (told && (local.size !== entry.size || local.compressedSize !== entry.compressedSize))
    differs.push('size')
  if (differs.length === 0) return []
  return [
    ambiguous(
      `The directory of the zip and the entry itself give different values for ${differs.join(', ')}.`,
      {
        member: entry.name,
      },
    ),
  ]
}

/** Entries must follow one another; between two there is room for a data descriptor (4.3.9) and no more. */
function findHidden(
  entries: readonly ZipEntry[],
  central: readonly CentralEntry[],
  directory: number,
): Issue[] {
  const starts = new Map(central.map((entry) => [entry.name, entry.localOffset]))
  const spans = entries
    .map((entry) => ({
      member: entry.name,
      start: starts.get(entry.name) ?? 0,
      end: entry.dataOffset + entry.compressedSize,
      slack: (entry.flags & 8) !== 0 ? 24 : 0,
    }))
    .sort((a, b) => a.start - b.start)
  let position = 0
  let slack = 0
  for (const span of spans) {
    if (span.start < position) return [ambiguous('Two entries of the zip overlap.', { member: span.member })]
    if (span.start > position + slack) {
      return [ambiguous(`The zip holds bytes that belong to no entry, at ${position}.`)]
    }
    position = span.end
    slack = span.slack
  }
  return directory > position + slack
    ? [ambiguous(`The zip holds bytes that belong to no entry, at ${position}.`)]
    : []
}
