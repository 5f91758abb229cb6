import { predicateType, type Statement, TEST_RESULT_TYPE } from '@sluice/verdict'
import { member } from '../member.js'
import { OMS_TYPE } from '../oms/manifest.js'
import { PROVENANCE_TYPE } from '../provenance/types.js'
import { VERIFICATION_SUMMARY_TYPE } from '../vsa/summary.js'

const VULNS_TYPE = 'https://in-toto.io/attestation/vulns/v0.2'
const LABELS: Readonly<Record<string, string>> = {
  [PROVENANCE_TYPE]: 'provenance',
  [OMS_TYPE]: 'model signature',
  [VERIFICATION_SUMMARY_TYPE]: 'verification summary',
  [VULNS_TYPE]: 'vulnerabilities',
  [predicateType('evaluation')]: 'evaluation',
  [predicateType('promotion')]: 'promotion record',
  [predicateType('rollout')]: 'rollout record',
  [predicateType('rollback')]: 'rollback record',
}
/** Where each kind of result says what came of it. */
const RESULTS: Readonly<Record<string, string>> = {
  [TEST_RESULT_TYPE]: 'result',
  [VULNS_TYPE]: 'metadata.verdict',
  [VERIFICATION_SUMMARY_TYPE]: 'verificationResult',
  [predicateType('evaluation')]: 'verdict',
}

/** What a statement is, in words: `test result of pin-check`, `provenance`; its type where there is no word. */
export function labelOf({ predicateType: type, predicate }: Statement): string {
  if (type !== TEST_RESULT_TYPE) return Object.hasOwn(LABELS, type) ? (LABELS[type] ?? type) : type
  const check = member(predicate, 'configuration.0.name')
  return typeof check === 'string' ? `test result of ${check.replace(/^sluice\//, '')}` : 'test result'
}

/** What came of a gate, lower case; undefined of what is no result. */
export function resultOfGate({ predicateType: type, predicate }: Statement): string | undefined {
  if (!Object.hasOwn(RESULTS, type)) return undefined
  const result = member(predicate, RESULTS[type] ?? '')
  return typeof result === 'string' ? result.toLowerCase() : 'not said'
}

/** Where provenance says that the subject comes from; members that it does not say are left out. */
export function originOf(statement: Statement): readonly (readonly [string, string])[] {
  if (statement.predicateType !== PROVENANCE_TYPE) return []
  const { predicate } = statement
  return [
    ['repository', 'buildDefinition.externalParameters.workflow.repository'],
    ['ref', 'buildDefinition.externalParameters.workflow.ref'],
    ['commit', 'buildDefinition.resolvedDependencies.0.digest.gitCommit'],
    ['workflow', 'buildDefinition.externalParameters.workflow.path'],
    ['builder', 'runDetails.builder.id'],
    ['run', 'runDetails.metadata.invocationId'],
    ['runner', 'buildDefinition.internalParameters.github.runner_environment'],
  ].flatMap(([name = '', path = '']): [string, string][] => {
    const said = member(predicate, path)
    return typeof said === 'string' ? [[name, said]] : []
  })
}

/** Something that went into the subject. */
export interface Ingredient {
  readonly role: string
  readonly name: string
  readonly digest: string
  /** `hashed`, `pointer`, `manifest` or `declared` (docs/provenance.md); empty where nothing is said. */
  readonly checked: string
}

/** What provenance says went in. */
export function ingredientsOf({ predicateType: type, predicate }: Statement): Ingredient[] {
  const listed =
    type === PROVENANCE_TYPE ? member(predicate, 'buildDefinition.resolvedDependencies') : undefined
  if (!Array.isArray(listed)) return []
  return listed.slice(0, 1000).map((entry: unknown) => {
    const said = (path: string) => {
      const value = member(entry, path)
      return typeof value === 'string' ? value : ''
    }
    const digests = member(entry, 'digest')
    const [first] = typeof digests === 'object' && digests !== null ? Object.entries(digests) : []
    return {
      role: said('annotations.role') || (said('uri').startsWith('git+') ? 'source' : 'other'),
      name: said('name') || said('uri'),
      digest: first === undefined ? '' : `${first[0]}:${String(first[1])}`,
      checked: said('annotations.checked'),
    }
  })
}
