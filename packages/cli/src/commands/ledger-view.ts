import type { Ledger, LedgerAnswer, Served, VerifiedRecord } from '@sluice/promotion'

/** The answer for a person: what served, since when, on whose word and which evidence; then all records. Pure. */
export function ledgerText({ ledger, at, served }: LedgerAnswer): string {
  const { environment, records } = ledger
  return [...answer(environment, at, served), '', 'Records:', ...records.map(line), '', chain(ledger)].join(
    '\n',
  )
}

function answer(environment: string, at: Date, served: Served | undefined): string[] {
  const when = at.toISOString()
  if (served === undefined) return [`${environment} served nothing at ${when}.`]
  const { subject, since, record, admitted = since } = served
  const confirmed = record === since ? [] : [`  confirmed    ${what(record)}, by ${record.signer}`]
  const entry =
    admitted === since
      ? []
      : [
          `  let in       promotion on ${admitted.predicate.createdAt}, by ${admitted.signer}`,
          ...run(admitted),
        ]
  return [
    `${environment} served ${subject.name}@${subject.digest} at ${when}.`,
    `  since        ${since.predicate.createdAt}`,
    `  by           ${what(since)}`,
    `  on word of   ${since.signer}`,
    ...run(since),
    ...confirmed,
    ...entry,
    ...admitted.predicate.evidence.map(
      ({ requirement, bundle, signer, signedAt }) =>
        `  on evidence  ${requirement}: ${bundle}, signed by ${signer}${signedAt === undefined ? '' : ` on ${signedAt}`}`,
    ),
  ]
}

function run({ predicate }: VerifiedRecord): string[] {
  const { run: url, actor } = predicate.run
  return url === undefined
    ? []
    : [`  in           ${url}${actor === undefined ? '' : `, started by ${actor}`}`]
}

function line(record: VerifiedRecord): string {
  const { predicate, subject } = record
  const { serving } = predicate
  const after = serving === null ? 'nothing serves' : `${short(serving.digest)} serves`
  return `  ${String(predicate.sequence).padStart(4)}  ${predicate.createdAt}  ${what(record)} of ${short(subject.digest)}; ${after}`
}

function what({ kind, predicate }: VerifiedRecord): string {
  const outcome = predicate['outcome']
  const reason = predicate['reason']
  if (kind === 'rollout' && typeof outcome === 'string') return `rollout (${outcome})`
  if (kind === 'rollback' && typeof reason === 'string' && reason !== '') return `rollback (${reason})`
  return kind
}

function chain({ records }: Ledger): string {
  return `The chain of ${records.length} record${records.length === 1 ? '' : 's'} holds, and every signature in it.`
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
