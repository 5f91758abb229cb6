import type { LocatedSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  artifactFiles,
  artifactStatement,
  DEFAULT_IGNORES,
  externalParameters,
  type IdentityClaims,
  isAbout,
  modelStatement,
  OMS_TYPE,
  PROVENANCE_TYPE,
  parseStatement,
  provenanceStatement,
  resolveDependencies,
  type SigningConfig,
  withSigningTime,
} from '@sluice/evidence'
import { parseManifest } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import { predicateType, type Statement } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { dependencySources } from './dependencies.js'
import { subjectsOf, type Target } from './subject.js'

const STATEMENT_LIMIT = 16 * 1024 * 1024
const STATEMENTS_LIMIT = 100
/** What only the action that did it may say, in the ledger's chain; a file could say it of what never happened. */
const DEEDS: readonly string[] = ['promotion', 'rollback'].map(predicateType)
const PREDICATES = ['provenance', 'model-signature', 'none'] as const

/** What is to be said about a target: by default provenance, and of a directory its signature. @throws SluiceError SIGN_PREDICATE */
export function predicatesFor(target: Target, wanted: readonly string[]): string[] {
  if (wanted.length === 0) {
    if (target.kind === 'none') return []
    return target.kind === 'tree' ? ['model-signature', 'provenance'] : ['provenance']
  }
  const unknown = wanted.find((word) => !(PREDICATES as readonly string[]).includes(word))
  if (unknown !== undefined) {
    throw new SluiceError(
      'SIGN_PREDICATE',
      `There is no predicate ${JSON.stringify(unknown.slice(0, 100))} to make.`,
      {
        remedy: `Use ${PREDICATES.join(', ')}; other statements come from gates, by \`statements\`.`,
      },
    )
  }
  const predicates = wanted.filter((word) => word !== 'none')
  if (predicates.includes('model-signature') && target.kind !== 'tree' && target.kind !== 'artifact') {
    throw new SluiceError(
      'SIGN_PREDICATE',
      'A model signature is of a directory or an artifact, and neither was given.',
      {
        remedy: 'Name the model directory with `path`, or the artifact with `subject`.',
      },
    )
  }
  if (predicates.length > 0 && target.kind === 'none') {
    throw new SluiceError(
      'SIGN_TARGETS',
      `There is nothing that ${predicates.join(' and ')} could be about.`,
      {
        remedy: 'Give `subject`, `path` or `files`.',
      },
    )
  }
  return predicates
}

/** What Sluice's own statements are made from. */
export interface Making {
  readonly target: Target
  readonly predicates: readonly string[]
  readonly config: LocatedSection<SigningConfig>
  readonly claims: IdentityClaims | undefined
  readonly inputs: Inputs
}

/**
 * Makes the statements that Sluice itself has to say about the target.
 * @throws SluiceError SIGN_DEPENDENCY_*, SIGN_PARAMETERS, SIGN_PREDICATE, MODEL_*, HASH_*
 */
export async function makeStatements(making: Making, context: Context): Promise<Statement[]> {
  const { predicates } = making
  const made: Statement[] = []
  if (predicates.includes('model-signature')) made.push(signatureOf(making))
  if (predicates.includes('provenance')) made.push(await provenanceOf(making, context))
  return made
}

/** The statement of a model: of a directory from its files, of an artifact from its manifest alone. */
function signatureOf({ target, config, inputs }: Making): Statement {
  if (target.kind === 'tree') return modelStatement(target.tree)
  if (target.kind !== 'artifact') throw new TypeError('a model is a directory or an artifact')
  if (inputs.modelMethod !== 'files' || inputs.modelHash !== 'sha256') {
    throw new SluiceError(
      'SIGN_PREDICATE',
      'A registry knows the SHA-256 of whole layers, no shards and no other hash.',
      {
        remedy: 'Leave `model-method` and `model-hash` out, or sign the model directory with `path`.',
      },
    )
  }
  const ignore = [...DEFAULT_IGNORES, ...config.settings.ignore, ...inputs.ignore]
  const { bytes, descriptor } = target.manifest
  const files = artifactFiles(parseManifest(bytes, descriptor.mediaType), ignore)
  return artifactStatement(target.name.split('/').at(-1) ?? target.name, files, ignore)
}

async function provenanceOf(
  { target, config, claims, inputs }: Making,
  context: Context,
): Promise<Statement> {
  const dependencies = await resolveDependencies(
    config.settings.dependencies,
    dependencySources(config, context),
  )
  const { parameters, redacted } = externalParameters({
    event: context.run.kind === 'github' ? context.run.event : undefined,
    masked: context.masked,
    ...(inputs.workflowInputs === undefined ? {} : { inputs: inputs.workflowInputs }),
    ...(inputs.workflowVars === undefined ? {} : { vars: inputs.workflowVars }),
  })
  if (redacted.length > 0)
    context.log.warning(`Left out of the provenance as secrets: ${redacted.join(', ').slice(0, 1000)}.`)
  return provenanceStatement(subjectsOf(target), {
    run: context.run,
    dependencies,
    parameters,
    redacted,
    finishedOn: context.clock.now(),
    ...(claims === undefined ? {} : { claims }),
  })
}

/**
 * Reads the statements of gates. What Sluice says itself is not taken from a file: its types are refused.
 * @throws SluiceError SIGN_STATEMENTS_NOT_FOUND, SIGN_STATEMENT_SUBJECT, SIGN_STATEMENT_TYPE, EVIDENCE_MALFORMED
 */
export async function readStatements(
  patterns: readonly string[],
  target: Target,
  context: Context,
): Promise<Statement[]> {
  if (patterns.length === 0) return []
  const found = await expand(patterns, context)
  const statements: Statement[] = []
  for (const file of found) {
    const statement = parseStatement(await context.workspace.readText(file, STATEMENT_LIMIT))
    if (statement.predicateType === PROVENANCE_TYPE || statement.predicateType === OMS_TYPE) {
      throw new SluiceError(
        'SIGN_STATEMENT_TYPE',
        `${file} is of type ${statement.predicateType}, which \`sign\` makes itself.`,
        {
          remedy: 'Leave the file out of `statements`; use `predicates`.',
          at: { file },
        },
      )
    }
    if (isRecord(statement)) {
      throw new SluiceError(
        'SIGN_STATEMENT_TYPE',
        `${file} is a record of the ledger, of type ${statement.predicateType}.`,
        {
          remedy:
            'Leave the file out of `statements`; `promote`, `canary` and `rollback` sign their records.',
          kind: 'refused',
          at: { file },
        },
      )
    }
    if (!concerns(statement, target)) {
      throw new SluiceError(
        'SIGN_STATEMENT_SUBJECT',
        `${file} is about ${described(statement)}, not about what is signed.`,
        {
          remedy: 'Run the gate on the subject that is signed, by its digest.',
          kind: 'refused',
          at: { file },
        },
      )
    }
    statements.push(withSigningTime(statement, context.clock.now()))
  }
  return statements
}

/** A rollout without a ledger has no place in one, and may be signed as evidence. */
function isRecord({ predicateType: type, predicate }: Statement): boolean {
  return DEEDS.includes(type) || (type === predicateType('rollout') && 'sequence' in predicate)
}

async function expand(patterns: readonly string[], context: Context): Promise<string[]> {
  const files = new Set<string>()
  for (const pattern of patterns) {
    if (await context.workspace.exists(pattern)) files.add(pattern)
    else for (const file of await context.workspace.glob([pattern])) files.add(file)
  }
  if (files.size === 0 || files.size > STATEMENTS_LIMIT) {
    throw new SluiceError(
      'SIGN_STATEMENTS_NOT_FOUND',
      `${files.size} files match ${patterns.join(', ').slice(0, 300)}; expected 1 to ${STATEMENTS_LIMIT}.`,
      { remedy: 'Pass the output `statement` of the gates; a gate without `subject` writes none.' },
    )
  }
  return [...files]
}

/** Every subject of the statement must be one of the target's, so that no signature reaches further than what was given. */
function concerns(statement: Statement, target: Target): boolean {
  if (target.kind === 'none') return true
  const digests = target.kind === 'files' ? target.files.map(({ digest }) => digest) : [target.digest]
  return statement.subject.every((subject) =>
    digests.some((digest) => isAbout({ ...statement, subject: [subject] }, digest)),
  )
}

function described(statement: Statement): string {
  const [subject] = statement.subject
  return `${subject?.name ?? ''}@${JSON.stringify(subject?.digest['sha256'] ?? '').slice(1, 65)}`
}
