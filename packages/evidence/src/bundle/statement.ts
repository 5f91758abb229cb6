import { STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import * as v from 'valibot'
import { refusal } from '../refusal.js'
import { describeIssue } from './issue.js'
import { parseStrictJson } from './strict-json.js'

/** A statement about more subjects is refused, as GitHub's attestations API does. */
export const SUBJECT_LIMIT = 1024

/** cosign still writes the older type; both have the same members (in-toto/attestation spec/v0.1). */
const STATEMENT_TYPES = [STATEMENT_TYPE, 'https://in-toto.io/Statement/v0.1']

const schema = v.looseObject({
  subject: v.pipe(
    v.array(v.unknown()),
    v.minLength(1, 'expected at least one subject'),
    v.maxLength(SUBJECT_LIMIT, `expected at most ${SUBJECT_LIMIT} subjects`),
    v.array(
      v.looseObject({
        name: v.optional(v.pipe(v.string(), v.maxLength(4096)), ''),
        digest: v.record(v.string(), v.pipe(v.string(), v.maxLength(512))),
      }),
    ),
  ),
  predicateType: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  predicate: v.optional(v.record(v.string(), v.unknown()), {}),
})

/**
 * Reads the Statement in a payload.
 * @throws SluiceError EVIDENCE_MALFORMED, EVIDENCE_STATEMENT_TYPE
 */
export function parseStatement(payload: Uint8Array | string): Statement {
  const value = parseStrictJson(payload, 'The statement')
  const type = v.is(v.looseObject({ _type: v.string() }), value) ? value._type : undefined
  if (type === undefined || !STATEMENT_TYPES.includes(type)) {
    throw refusal(
      'EVIDENCE_STATEMENT_TYPE',
      `The payload is of type ${quote(type)}; expected ${STATEMENT_TYPE}.`,
    )
  }
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (!result.success) {
    throw refusal('EVIDENCE_MALFORMED', `The statement is wrong ${describeIssue(result.issues[0])}.`)
  }
  return { ...result.output, _type: type } as Statement
}

/** Whether the statement is about `digest` (`<algorithm>:<hex>`), under a name where one is given. */
export function isAbout(statement: Statement, digest: string, name?: string): boolean {
  const [algorithm, hex] = digest.split(':') as [string, string]
  return statement.subject.some(
    (subject) =>
      Object.hasOwn(subject.digest, algorithm) &&
      subject.digest[algorithm] === hex &&
      (name === undefined || subject.name === name),
  )
}

function quote(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 200))
}
