export { type AdmissionRequest, examineAdmission, examineAgain, reliedUpon } from './admission.js'
export { DURATION, parseDuration } from './duration.js'
export { environmentOf, type NamedEnvironment, stageBefore } from './environment.js'
export { type Keeping, keepRecord } from './keep-record.js'
export { requireAgreement } from './ledger/agreement.js'
export { answerOf, type LedgerAnswer, type LedgerQuestion, ledgerJson } from './ledger/answer.js'
export {
  type Append,
  type AppendedRecord,
  appendRecord,
  type NewRecord,
  probeSigner,
} from './ledger/append.js'
export { folderLedger } from './ledger/folder.js'
export { lastGood, notPromoted, type Served, servedAt, serving, standing, tagged } from './ledger/history.js'
export { type Ledger, readLedger, type VerifiedRecord } from './ledger/ledger.js'
export {
  type LedgerRecord,
  RECORD_KINDS,
  RECORD_TYPES,
  type RecordKind,
  type RecordPredicate,
  type RecordSubject,
} from './ledger/record.js'
export { repositoryLedger } from './ledger/repository.js'
export { type RunFacts, runOf } from './ledger/run.js'
export type { LedgerStore, StoredRecord } from './ledger/store.js'
export { type Condition, conditionProblem, evaluateCondition } from './policy/condition.js'
export {
  type Decided,
  decide,
  evaluatePolicy,
  nameOf,
  type ReliedUpon,
  type ResolvedRequirement,
  type Ruling,
  type Shortfall,
} from './policy/policy.js'
export { predicateKind } from './policy/predicate.js'
export {
  resolveRequirements,
  resolveSigner,
  resolveSigners,
  type TrustEdge,
  type TrustSource,
} from './policy/trust.js'
export { recordSigner, type SigningEdge } from './record-signer.js'
export { requirementsOf } from './requirements-of.js'
export { rulingFindings, rulingTable } from './ruling-report.js'
export {
  type Environment,
  type Environments,
  environmentsSection,
  type Requirement,
  type TrustedSigner,
} from './section.js'
export { type Edge, openAt, openLedger, openStage, type Stage } from './stage.js'
export { moveTag } from './tag.js'
export { type PolicyDecision, verificationSummary } from './verification-summary.js'
