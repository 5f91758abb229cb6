import * as v from 'valibot'
import type { FiledReport } from '../data.js'
import { parse, type Read, text, time, verdict } from './read.js'

const position = v.object({ file: text, line: v.optional(v.number()), column: v.optional(v.number()) })
const sections = v.variant('kind', [
  v.object({
    kind: v.literal('table'),
    title: text,
    columns: v.array(text),
    rows: v.array(v.array(text)),
    open: v.optional(v.boolean()),
  }),
  v.object({ kind: v.literal('text'), title: text, text }),
  v.object({ kind: v.literal('command'), title: text, command: text }),
  v.object({
    kind: v.literal('forest'),
    title: text,
    axis: text,
    good: v.picklist(['above', 'below']),
    line: v.number(),
    zero: v.optional(v.number()),
    rows: v.array(
      v.object({
        label: text,
        low: v.number(),
        value: v.number(),
        high: v.number(),
        state: v.picklist(['good', 'bad', 'undecided']),
        note: text,
      }),
    ),
  }),
])
const finding = v.object({
  rule: text,
  level: v.picklist(['error', 'unknown', 'warning', 'note']),
  message: text,
  location: v.optional(position),
  fingerprint: text,
  remedy: v.optional(text),
  help: v.optional(text),
  waivedBy: v.optional(v.object({ owner: text, reason: text, expires: text })),
})
const schema = v.object({
  action: text,
  finishedAt: time,
  verdict,
  headline: text,
  findings: v.array(finding),
  sections: v.array(sections),
  error: v.optional(v.object({ code: text, message: text, remedy: text, at: v.optional(position) })),
})

/** Whether a JSON value means to be a published report of an action. */
export function looksLikeReport(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'action' in value &&
    'verdict' in value &&
    'headline' in value
  )
}

/** A published report, as `toJson` of packages/verdict writes it. */
export function readReport(value: unknown, file: string): Read<FiledReport> {
  return parse(schema, value, (report) => ({ file, ...report }) as FiledReport)
}
