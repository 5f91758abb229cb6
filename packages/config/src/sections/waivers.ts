import type { Waiver } from '@sluice/verdict'
import * as v from 'valibot'
import { relativePath } from '../relative-path.js'
import { defineSection } from '../section.js'

const words = (description: string) =>
  v.pipe(v.string(), v.trim(), v.nonEmpty('Expected a text that is not empty.'), v.description(description))

const waiver = v.pipe(
  v.strictObject({
    rule: v.exactOptional(
      v.pipe(
        v.string(),
        v.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'Expected a rule as reports show it, `<check>/<rule>`.'),
        v.description('Rule whose findings are accepted, as reports show it.'),
      ),
    ),
    fingerprint: v.exactOptional(
      v.pipe(
        v.string(),
        v.regex(/^[0-9a-f]{32}$/, 'Expected the 32 hex digits of a fingerprint, as reports show it.'),
        v.description('Fingerprint of the one finding that is accepted.'),
      ),
    ),
    slice: v.exactOptional(
      v.pipe(
        v.string(),
        v.regex(
          /^[^=<]+[=<]| is missing$/,
          'Expected `column=value`, or the condition of a slice that was found, as reports name a slice.',
        ),
        v.description(
          'Slice to which a waived rule is restricted: `column=value`, or the condition of one that was found.',
        ),
      ),
    ),
    greatestLoss: v.exactOptional(
      v.pipe(
        v.number(),
        v.finite(),
        v.minValue(0),
        v.description(
          'Greatest loss that is accepted, in the unit of the metric: the end of the interval counts. Needed where a loss was measured.',
        ),
      ),
    ),
    path: v.exactOptional(relativePath('File or folder to which a waived rule is restricted.')),
    reason: words('Why the finding is accepted.'),
    owner: words('Who accepted it.'),
    expires: v.pipe(
      v.string(),
      v.check(isDate, 'Expected a day of the calendar, `YYYY-MM-DD`.'),
      v.description(
        'Last day on which the waiver holds, `YYYY-MM-DD` in UTC; afterwards it fails the check.',
      ),
    ),
  }),
  v.check(
    ({ rule, fingerprint }) => (rule === undefined) !== (fingerprint === undefined),
    'Expected either `rule` or `fingerprint`.',
  ),
  v.check(
    ({ rule, path, slice }) => (path === undefined && slice === undefined) || rule !== undefined,
    'Expected `path` and `slice` only with `rule`; a fingerprint names one finding already.',
  ),
)

/** Findings that somebody accepted; none when sluice.yaml does not say. */
export const waiversSection = defineSection<Waiver[]>({
  name: 'waivers',
  description: 'Accepted findings, each with a reason, an owner and an expiry.',
  schema: v.optional(v.array(waiver), []),
})

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
