import { SluiceError } from '@sluice/errors'
import { type ForestSection, VERDICTS } from '@sluice/verdict'
import * as v from 'valibot'

const text = v.pipe(v.string(), v.maxLength(64 * 1024))
const position = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

/** What is read of a report; the rest of it is not needed. */
const schema = v.object({
  action: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,63}$/)),
  verdict: v.picklist(VERDICTS),
  headline: text,
  findings: v.pipe(
    v.array(
      v.object({
        rule: text,
        level: v.picklist(['error', 'unknown', 'warning', 'note']),
        message: text,
        location: v.optional(v.object({ file: text, line: v.optional(position) })),
        remedy: v.optional(text),
        waivedBy: v.optional(v.object({ owner: text })),
      }),
    ),
    v.maxLength(100_000),
  ),
  // Of the other sections the findings say enough; a chart is for whoever decides.
  sections: v.optional(v.array(v.unknown()), []),
  error: v.optional(v.object({ code: text, message: text, remedy: text })),
})

const forest = v.object({
  kind: v.literal('forest'),
  title: text,
  axis: text,
  good: v.picklist(['above', 'below']),
  line: v.pipe(v.number(), v.finite()),
  zero: v.exactOptional(v.pipe(v.number(), v.finite())),
  rows: v.pipe(
    v.array(
      v.object({
        label: text,
        low: v.number(),
        value: v.number(),
        high: v.number(),
        state: v.picklist(['good', 'bad', 'undecided']),
        note: text,
      }),
    ),
    v.maxLength(1000),
  ),
})

/** The charts of a gate, as it drew them. */
export function chartsOf({ sections }: GateReport): ForestSection[] {
  return sections.slice(0, 100).flatMap((section) => {
    const read = v.safeParse(forest, section)
    return read.success ? [read.output] : []
  })
}

export type GateReport = v.InferOutput<typeof schema>

/** Whether a JSON file is a gate's statement, which lies beside its report. */
export function isStatement(file: string): boolean {
  return /\.statement(?:\.\d+)?\.json$/.test(file)
}

/** @throws SluiceError GATE_REPORT_MALFORMED */
export function parseReport(file: string, json: string): GateReport {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw malformed(file, 'it is not JSON', cause)
  }
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw malformed(file, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`)
}

function malformed(file: string, because: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'GATE_REPORT_MALFORMED',
    `${file} is not a report of Sluice: ${because.slice(0, 300)}.`,
    {
      remedy: 'Let `reports` name only the files of the output `report` of the gates.',
      cause,
    },
  )
}
