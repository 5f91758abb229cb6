import type { Section, Statement } from '@sluice/verdict'
import { member } from '../member.js'
import { GITHUB_BUILD_TYPE, GITHUB_OLD_BUILD_TYPE } from '../provenance/types.js'
import type { VerifiedEvidence } from '../verify/verifier.js'
import type { Reading } from './reading.js'
import { ingredientsOf, labelOf, originOf, resultOfGate } from './said.js'

const STANDINGS = {
  trusted: 'verified',
  genuine: 'genuine; nobody said that this signer counts',
  unchecked: 'NOT VERIFIED',
  refused: 'REFUSED',
} as const
const VOUCHERS = { claim: 'the signer', log: 'the log', timestamp: 'a timestamp authority', none: 'nobody' }

/** What evidence says and how far it was believed, as tables; the renderers make them safe to show. Pure. */
export function explanationSections(readings: readonly Reading[]): Section[] {
  const table = (title: string, columns: string[], rows: string[][]): Section => ({
    kind: 'table',
    title,
    columns,
    rows,
    open: true,
  })
  const about = readings.flatMap((reading) =>
    reading.statement === undefined ? [] : [{ ...reading, statement: reading.statement }],
  )
  return [
    table(
      'Who says what',
      ['Says', 'Standing', 'Signed by', 'At', 'On the word of', 'Stored at'],
      readings.map((reading) => [
        reading.statement === undefined ? 'unreadable' : labelOf(reading.statement),
        standingOf(reading),
        'evidence' in reading ? signerText(reading.evidence.signer) : 'unknown',
        'evidence' in reading ? (reading.evidence.signedAt ?? 'unknown') : 'unknown',
        'evidence' in reading ? VOUCHERS[reading.evidence.timeSource] : 'nobody',
        reading.location,
      ]),
    ),
    table(
      'Where it comes from',
      ['What', 'Is said to be', 'Standing'],
      about.flatMap((reading) =>
        originOf(reading.statement).map(([name, said]) => [
          name,
          said,
          standingOfClaims(reading, isBound(reading)),
        ]),
      ),
    ),
    table(
      'What went in',
      ['Role', 'Name', 'Digest', 'How far it was looked at', 'Standing'],
      about.flatMap((reading) =>
        ingredientsOf(reading.statement).map(({ role, name, digest, checked }) => [
          role,
          name,
          digest,
          checked || 'not said',
          standingOfClaims(reading, false),
        ]),
      ),
    ),
    table(
      'Gates',
      ['Gate', 'Result', 'Standing'],
      about.flatMap((reading) => {
        const result = resultOfGate(reading.statement)
        return result === undefined
          ? []
          : [[labelOf(reading.statement), result, standingOfClaims(reading, false)]]
      }),
    ),
  ].filter((section) => section.kind !== 'table' || section.rows.length > 0)
}

/** What a statement says: the signature shows who says it; that it is so only where the certificate says the same. */
function standingOfClaims(reading: Reading, bound: boolean): string {
  if (reading.standing !== 'trusted') return STANDINGS[reading.standing]
  return bound ? 'certified' : 'the signer’s word'
}

/** Whether all that `originOf` gives was held against the certificate (`bindProvenance`). */
function isBound(reading: Reading & { readonly statement: Statement }): boolean {
  return (
    'evidence' in reading &&
    reading.evidence.signer.kind === 'identity' &&
    [GITHUB_BUILD_TYPE, GITHUB_OLD_BUILD_TYPE].includes(
      String(member(reading.statement.predicate, 'buildDefinition.buildType')),
    )
  )
}

function standingOf(reading: Reading): string {
  const standing = STANDINGS[reading.standing]
  if (reading.standing === 'unchecked') return `${standing}: ${reading.because}`
  return reading.standing === 'refused' ? `${standing}: ${reading.code}` : standing
}

function signerText(signer: VerifiedEvidence['signer']): string {
  switch (signer.kind) {
    case 'key':
      return `key ${signer.keyHint.slice(0, 16)}`
    case 'identity':
      return `${signer.identity} (${signer.issuer})`
    case 'certificate':
      return `${signer.identity} (${signer.authority})`
  }
}
