export { DURATION, parseDuration } from './duration.js'
export { environmentOf, type NamedEnvironment, stageBefore } from './environment.js'
export { type Append, type AppendedRecord, appendRecord, type NewRecord } from './ledger/append.js'
export { folderLedger } from './ledger/folder.js'
export { lastGood, notPromoted, type Served, servedAt, serving } from './ledger/history.js'
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
  evaluatePolicy,
  nameOf,
  type ReliedUpon,
  type ResolvedRequirement,
  type Ruling,
  type Shortfall,
} from './policy/policy.js'
export { predicateKind } from './policy/predicate.js'
export { resolveRequirements, resolveSigner, resolveSigners, type TrustSource } from './policy/trust.js'
export {
  type Environment,
  type Environments,
  environmentsSection,
  type Requirement,
  type TrustedSigner,
} from './section.js'
