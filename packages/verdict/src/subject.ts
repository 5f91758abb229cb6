import { SluiceError } from '@sluice/errors'
import type { Subject } from './statement.js'

/**
 * Parses what evidence is about, `name@sha256:<64 hex digits>`: the input `subject` of every gate.
 * @throws SluiceError SUBJECT_MALFORMED
 */
export function parseSubject(text: string): Subject {
  const match = /^([^\s@]{1,1024})@(sha256:[0-9a-f]{64})$/.exec(text)
  if (match) return { name: match[1]!, digest: match[2]! }
  throw new SluiceError(
    'SUBJECT_MALFORMED',
    `The subject is ${JSON.stringify(text.slice(0, 200))}; expected \`name@sha256:<64 hex digits>\`.`,
    {
      remedy: 'Name the subject by its digest, as `sign` and the registry show it.',
    },
  )
}
