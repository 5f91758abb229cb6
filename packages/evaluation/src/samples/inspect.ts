import { hashOf, isJson, type Json, listIn, textOf } from '../harness/harness.js'
import { inspectLog } from '../harness/inspect-log.js'
import { parseHarnessJson } from '../harness/json.js'
import { zipMembers } from '../harness/zip-member.js'
import { type Cell, parseNumber } from '../table/builder.js'
import { cellOf, fieldOf, malformedSamples } from './field.js'
import type { Sample, SampleFile } from './sample.js'

/** One member of an `.eval` archive, and all of them together. */
const [MEMBER_BYTES, ALL_BYTES] = [64 * 1024 * 1024, 4 * 1024 * 1024 * 1024]

/** A log of inspect_ai, a parsed `.json` one. */
export function inspectSamples(file: string, log: unknown): SampleFile | undefined {
  if (inspectLog.read(log) === undefined) return undefined
  return { tool: inspectLog.tool, read: (wanted) => read(file, log, listIn(log, 'samples'), wanted) }
}

/** The same as an `.eval` archive: `header.json`, and a member for each answer to each sample. */
export function inspectArchive(file: string, bytes: Uint8Array): SampleFile {
  return {
    tool: inspectLog.tool,
    read(wanted) {
      try {
        const members = [...zipMembers(bytes)]
        const header = members.find(({ name }) => name === 'header.json')
        if (header === undefined)
          throw new Error('it is an archive without a `header.json`: the evaluation did not end')
        let left = ALL_BYTES
        const parsed = (member: (typeof members)[number]) => {
          const data = member.unpack(Math.min(left, MEMBER_BYTES))
          left -= data.length
          return parseHarnessJson(new TextDecoder().decode(data))
        }
        const log = parsed(header)
        if (inspectLog.read(log) === undefined) throw new Error('its `header.json` is of no evaluation')
        const samples = members.filter(({ name }) => name.startsWith('samples/') && name.endsWith('.json'))
        return read(file, log, lazily(samples, parsed), wanted)
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'SAMPLES_MALFORMED') throw cause
        throw malformedSamples(file, cause instanceof Error ? cause.message : String(cause), cause)
      }
    },
  }
}

/** One after the other, so that a sample's messages and events are let go before the next is unpacked. */
function* lazily<T>(members: readonly T[], parsed: (member: T) => unknown): Iterable<unknown> {
  for (const member of members) yield parsed(member)
}

function read(file: string, log: unknown, samples: Iterable<unknown>, wanted: ReadonlySet<string>) {
  const { conditions, refusals } = inspectLog.read(log)!
  const rows: Sample[] = []
  const names = new Set<string>()
  const bad = { broken: [] as string[], limited: [] as string[], invalid: [] as string[] }
  for (const sample of samples) {
    if (!isJson(sample)) throw malformedSamples(file, 'a sample is no object')
    const row = rowOf(file, sample, wanted, names)
    rows.push(row)
    if (isSaid(sample['error'])) bad.broken.push(row.id)
    if (isSaid(sample['limit'])) bad.limited.push(row.id)
    if (isSaid(sample['invalidation'])) bad.invalid.push(row.id)
  }
  // The number of epochs may differ: an item is the mean of its answers.
  const alike = [...conditions].filter(([name]) => name !== 'epochs' && name !== 'epochs reducer')
  const said = isJson(log) && isJson(log['results']) ? log['results']['total_samples'] : undefined
  return {
    tool: inspectLog.tool,
    rows,
    names: [...names],
    conditions: new Map(alike),
    refusals: [
      ...refusals,
      ...(typeof said === 'number' && said !== rows.length && rows.length > 0
        ? [`${rows.length} of ${said} samples are in the log`]
        : []),
      // Neither is a wrong answer: nobody knows what the model would have said.
      ...some(bad.broken, 'samples ended in an error'),
      ...some(bad.limited, 'samples were cut off by a limit'),
      ...some(bad.invalid, 'samples were invalidated'),
    ],
  }
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null
}

function some(ids: readonly string[], what: string): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${what}, such as ${ids.slice(0, 3).join(', ')}`]
}

function rowOf(file: string, sample: Json, wanted: ReadonlySet<string>, names: Set<string>): Sample {
  const id = textOf(sample['id'])
  const epoch = textOf(sample['epoch'])
  if (id === undefined || epoch === undefined) throw malformedSamples(file, 'a sample has no `id` or `epoch`')
  const scores = scoresOf(sample['scores'])
  for (const name of scores.keys()) names.add(name)
  const cells = new Map<string, Cell>()
  for (const name of wanted) {
    const found = scores.has(name) ? scores.get(name) : cellOf(file, name, fieldOf(sample, name))
    if (found !== undefined) cells.set(name, found)
  }
  return { id, answer: epoch, prompt: promptOf(sample), target: hashOf(sample['target']), cells }
}

/** By scorer; of one that gives several values, `<scorer>/<value>`. */
function scoresOf(scores: unknown): Map<string, number> {
  const found = new Map<string, number>()
  for (const [scorer, score] of Object.entries(isJson(scores) ? scores : {})) {
    const value = isJson(score) ? score['value'] : undefined
    if (typeof value !== 'object' || value === null) found.set(scorer, scoreOf(value))
    else for (const [key, one] of Object.entries(value)) found.set(`${scorer}/${key}`, scoreOf(one))
  }
  return found
}

/** As inspect's `value_to_float` has it, which makes 0 of what it cannot read; here that is NaN, and nothing passes on it. */
const LETTERS: Readonly<Record<string, number>> = { C: 1, I: 0, P: 0.5, N: 0 }
const WORDS: Readonly<Record<string, number>> = { yes: 1, true: 1, no: 0, false: 0 }

function scoreOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string') return Number.NaN
  if (Object.hasOwn(LETTERS, value)) return LETTERS[value]!
  const word = value.toLowerCase()
  return Object.hasOwn(WORDS, word) ? WORDS[word]! : parseNumber(word)
}

/** What was said to the model before it first answered: the sample's input, and what the solver put around it. */
function promptOf(sample: Json): string {
  const said: unknown[] = []
  for (const message of listIn(sample, 'messages').filter(isJson)) {
    if (message['role'] === 'assistant' && message['source'] !== 'input') break
    said.push([message['role'], message['content']])
  }
  return hashOf([sample['input'], sample['choices'] ?? null, said])
}
