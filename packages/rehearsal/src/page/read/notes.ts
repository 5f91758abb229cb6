import * as v from 'valibot'
import type { ReportData } from '../data.js'
import { count, parse, type Read, text } from './read.js'

/** What a rehearsal noted of itself: the parts of the page that no action leaves behind. */
export type RehearsalNotes = Partial<Pick<ReportData, 'title' | 'facts' | 'story' | 'jobs'>>

const state = v.picklist([
  'pass',
  'warn',
  'fail',
  'inconclusive',
  'success',
  'failure',
  'cancelled',
  'skipped',
])
const schema = v.strictObject({
  title: v.optional(text),
  facts: v.optional(v.record(text, text)),
  story: v.optional(
    v.object({
      chapters: v.array(
        v.object({
          number: count,
          title: text,
          scenes: v.array(
            v.object({
              title: text,
              by: text,
              expected: text,
              seen: text,
              ok: v.boolean(),
              milliseconds: count,
              headline: text,
              details: v.array(text),
            }),
          ),
        }),
      ),
    }),
  ),
  jobs: v.optional(
    v.array(
      v.object({
        name: text,
        state,
        milliseconds: v.optional(count),
        steps: v.array(
          v.object({ name: text, state, milliseconds: v.optional(count), headline: v.optional(text) }),
        ),
      }),
    ),
  ),
})

/** Reads a rehearsal's notes. */
export function readNotes(value: unknown): Read<RehearsalNotes> {
  return parse(schema, value, (notes) => notes as RehearsalNotes)
}
