import { SluiceError } from '@sluice/errors'

/** One line of the text format: name, labels, value; a timestamp is passed over. */
export interface ExposedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const MAX_SAMPLES = 50_000
const MAX_LABELS = 64
const MAX_LINE = 16 * 1024
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)\s*/y

/**
 * Reads the Prometheus text format 0.0.4 (prometheus.io, exposition formats), only the series named in `wanted`.
 * @throws SluiceError METRICS_MALFORMED with the line's number; METRICS_TOO_LARGE above 50,000 wanted series
 */
export function parseExposition(text: string, wanted: ReadonlySet<string>, from: string): ExposedSample[] {
  const samples: ExposedSample[] = []
  let number = 0
  for (const line of text.split('\n')) {
    number++
    if (line.length > MAX_LINE) throw malformed(from, number, `more than ${MAX_LINE} characters`)
    if (line === '' || line.startsWith('#') || line.trim() === '') continue
    const sample = parseLine(line, wanted)
    if (typeof sample === 'string') throw malformed(from, number, sample)
    if (sample === undefined) continue
    samples.push(sample)
    if (samples.length > MAX_SAMPLES) throw tooMany(from)
  }
  return samples
}

/** A sample, undefined when nobody asked for it, or what is wrong with the line. */
function parseLine(line: string, wanted: ReadonlySet<string>): ExposedSample | undefined | string {
  NAME.lastIndex = 0
  const name = NAME.exec(line)?.[0]
  if (name === undefined) return 'no metric name'
  if (!wanted.has(name)) return undefined
  let position = name.length
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  if (line[position] === '{') {
    const end = parseLabels(line, position + 1, labels)
    if (end === undefined) return 'labels that do not end, or that are not written `name="value"`'
    position = end
  }
  const value = parseValue(line.slice(position))
  if (value === undefined) return 'no value'
  return { name, labels, value }
}

/** What follows the labels: the value, perhaps a timestamp, perhaps an exemplar. Split by words, in linear time. */
function parseValue(rest: string): number | undefined {
  if (!/^\s/.test(rest)) return undefined
  const [value, ...more] = rest.trim().split(/\s+/)
  const [next] = /^-?\d+$/.test(more[0] ?? '') ? more.slice(1) : more
  if (next !== undefined && !next.startsWith('#')) return undefined
  return numberOf(value!)
}

function parseLabels(line: string, start: number, labels: Record<string, string>): number | undefined {
  let position = start
  for (let count = 0; count <= MAX_LABELS; count++) {
    if (line[position] === '}') return position + 1
    LABEL.lastIndex = position
    const label = LABEL.exec(line)
    if (!label) return undefined
    labels[label[1]!] = unescaped(label[2]!)
    position = LABEL.lastIndex
    if (label[3] === '' && line[position] !== '}') return undefined
  }
  return undefined
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}

/** Go's ParseFloat, as far as the format uses it. */
function numberOf(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^nan$/i.test(text)) return Number.NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text)
  if (!infinite) return undefined
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function malformed(from: string, line: number, found: string): SluiceError {
  return new SluiceError(
    'METRICS_MALFORMED',
    `${from}, line ${line}: ${found}; expected the text format of Prometheus.`,
    {
      remedy: 'Check that the address is a `/metrics` endpoint.',
      kind: 'surroundings',
    },
  )
}

function tooMany(from: string): SluiceError {
  return new SluiceError(
    'METRICS_TOO_LARGE',
    `${from} exposes more than ${MAX_SAMPLES} series of the wanted metrics.`,
    {
      remedy: 'Expose fewer labels on the metrics that the rollout reads.',
      kind: 'surroundings',
    },
  )
}
