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
  parseStatement,
  provenanceStatement,
  resolveDependencies,
  type SigningConfig,
  VERIFICATION_SUMMARY_TYPE,
  withSigningTime,
} from '@sluice/evidence'
import { parseManifest } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import { predicateType, STATEMENT_TYPE, type Statement } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { dependencySources } from './dependencies.js'
import type { RawPredicate } from './raw-predicate.js'
import { subjectsOf, type Target } from './subject.js'

const STATEMENT_LIMIT = 16 * 1024 * 1024
const STATEMENTS_LIMIT = 100
/** What only the action that did it may say, in the ledger's chain; a file could say it of what never happened. */
const DEEDS: readonly string[] = ['promotion', 'rollback'].map(predicateType)
/** Beginnings of what `sign` makes itself, of whatever version: an older one would say the same, held against nothing. */
const MADE = ['https://slsa.dev/provenance/', 'https://model_signing/']
/** What `cosign sign` says of an image: with it a file could have any image signed as the one that was meant. */
const COSIGN_SIGNATURE = 'https://sigstore.dev/cosign/sign/'
const PREDICATES = ['provenance', 'model-signature', 'none'] as const

/** What is to be said about a target: by default provenance, and of a directory its signature; with a predicate of another tool only that. @throws SluiceError SIGN_PREDICATE */
export function predicatesFor(
  target: Target,
  wanted: readonly string[],
  raw: RawPredicate | undefined,
): string[] {
  if (wanted.length === 0) {
    if (target.kind === 'none' || raw !== undefined) return []
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
        remedy: 'Give `subject`, `path`, `files` or `checksums`.',
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
  if (predicates.includes('provenance')) made.push(...(await provenanceOf(making, context)))
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
): Promise<Statement[]> {
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
  const parts = {
    run: context.run,
    dependencies,
    parameters,
    redacted,
    finishedOn: context.clock.now(),
    ...(claims === undefined ? {} : { claims }),
  }
  return subjectsOf(target).map((subjects) => provenanceStatement(subjects, parts))
}

/**
 * What another tool says about the target, as statements.
 * @throws SluiceError SIGN_TARGETS, SIGN_STATEMENT_TYPE
 */
export function rawStatements(raw: RawPredicate | undefined, target: Target, context: Context): Statement[] {
  if (raw === undefined) return []
  if (target.kind === 'none') {
    throw new SluiceError('SIGN_TARGETS', `There is nothing that ${raw.type.slice(0, 200)} could be about.`, {
      remedy: 'Give `subject`, `path`, `files` or `checksums`.',
    })
  }
  return subjectsOf(target).map((subject) => {
    const statement = {
      _type: STATEMENT_TYPE,
      subject,
      predicateType: raw.type,
      predicate: raw.predicate,
    } as const
    refuseOwn(statement, 'The predicate')
    return withSigningTime(statement, context.clock.now())
  })
}

/**
 * Reads the statements of gates. What Sluice says itself is not taken from a file: its types are refused. A verification
 * summary is taken where its path is given, and by no glob.
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
    // Whoever signs one answers for a whole policy, and `verify` leaves its own beside the statements of gates.
    if (statement.predicateType === VERIFICATION_SUMMARY_TYPE && !patterns.includes(file)) {
      context.log.warning(
        `Left out ${file}: a verification summary is signed where its path is given in full.`,
      )
      continue
    }
    requireNamed(statement, file, target)
    refuseOwn(statement, file)
    refuseSignature(statement, file)
    requireSha256(statement, file)
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

/** A summary that names its own subject could be of anything. @throws SluiceError SIGN_STATEMENT_SUBJECT */
function requireNamed({ predicateType: type }: Statement, file: string, target: Target): void {
  if (type !== VERIFICATION_SUMMARY_TYPE || target.kind !== 'none') return
  throw new SluiceError(
    'SIGN_STATEMENT_SUBJECT',
    `${file} is a verification summary, and nothing but the file says of what.`,
    {
      remedy: 'Name what was verified by `subject`, `path` or `files`, with `predicates: none`.',
      at: { file },
    },
  )
}

/** What Sluice says itself is not taken from anybody else. @throws SluiceError SIGN_STATEMENT_TYPE */
function refuseOwn(statement: Statement, what: string): void {
  const { predicateType: type } = statement
  if (MADE.some((beginning) => type.startsWith(beginning))) {
    throw new SluiceError('SIGN_STATEMENT_TYPE', `${what} is of type ${type}, which \`sign\` makes itself.`, {
      remedy: 'Leave it out; use `predicates`.',
    })
  }
  if (isRecord(statement)) {
    throw new SluiceError('SIGN_STATEMENT_TYPE', `${what} is a record of the ledger, of type ${type}.`, {
      remedy: 'Leave it out; `promote`, `canary` and `rollback` sign their records.',
      kind: 'refused',
    })
  }
}

/** Of a predicate the caller names type and subject; of a file it is the file that does. @throws SluiceError SIGN_STATEMENT_TYPE */
function refuseSignature({ predicateType: type }: Statement, file: string): void {
  if (!type.startsWith(COSIGN_SIGNATURE)) return
  throw new SluiceError('SIGN_STATEMENT_TYPE', `${file} is a signature of cosign's kind, of type ${type}.`, {
    remedy: 'Leave it out; say so with `subject`, `predicate-type` and `predicate`.',
    kind: 'refused',
  })
}

/** Evidence is kept with the SHA-256 of its subjects, so one without would be signed and not be found. @throws SluiceError SIGN_STATEMENT_SUBJECT */
function requireSha256({ subject }: Statement, file: string): void {
  const bare = subject.find(({ digest }) => !/^[0-9a-f]{64}$/.test(digest['sha256'] ?? ''))
  if (bare === undefined) return
  throw new SluiceError(
    'SIGN_STATEMENT_SUBJECT',
    `${file} is about ${JSON.stringify(bare.name.slice(0, 200))} without its SHA-256.`,
    { remedy: 'Let the tool that wrote it name its subject by SHA-256.', at: { file } },
  )
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
