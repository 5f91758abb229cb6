import { loadLocatedSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  bundleBytes,
  combinedStore,
  type Hashing,
  OMS_TYPE,
  openStore,
  requireUnchanged,
  type SerializedBundle,
  type StoredBundle,
  signingSection,
  signStatement,
} from '@sluice/evidence'
import { type Context, githubApi } from '@sluice/toolkit'
import {
  type Finding,
  fingerprint,
  type Result,
  resultOf,
  type Section,
  type Statement,
} from '@sluice/verdict'
import type { Inputs } from './action.js'
import { readRawPredicate } from './raw-predicate.js'
import { chooseSigner } from './signers.js'
import { makeStatements, predicatesFor, rawStatements, readStatements } from './statements.js'
import { findTarget, type Target } from './subject.js'

interface Signed {
  readonly statement: Statement
  readonly bundle: SerializedBundle
}

/** Where a bundle went; its bytes are not held on to, for one may be kept with a thousand subjects. */
type Stored = Omit<StoredBundle, 'bytes'> & { readonly statement: Statement }

/** Signs everything first and stores it then, so that a service that fails leaves nothing half-stored. */
export async function sign(inputs: Inputs, context: Context): Promise<Result> {
  const located = await loadLocatedSection(context.workspace, inputs.config, signingSection)
  const config = located.settings
  const target = await findTarget(inputs, [...config.ignore, ...inputs.ignore], hashingOf(inputs), context)
  const raw = await readRawPredicate(inputs, context)
  const predicates = predicatesFor(target, inputs.predicates, raw)
  const given = [
    ...rawStatements(raw, target, context),
    ...(await readStatements(inputs.statements, target, context)),
  ]
  if (given.length + predicates.length === 0) {
    throw new SluiceError('SIGN_NOTHING', 'There is nothing to sign.', {
      remedy: 'Give `subject`, `path`, `files`, `checksums` or `statements`.',
    })
  }
  if (inputs.signature !== undefined && !predicates.includes('model-signature')) {
    throw new SluiceError('SIGN_PREDICATE', 'There is no model signature to write to `signature`.', {
      remedy: 'Name the model with `path`, or with `subject`, and have `model-signature` among `predicates`.',
    })
  }
  const store = await openStores(inputs, target, context)
  const { signer, claims } = await chooseSigner(inputs, config, context)
  const making = { target, predicates, config: located, claims, inputs }
  const statements = [...(await makeStatements(making, context)), ...given]

  const signed: Signed[] = []
  for (const statement of statements)
    signed.push({ statement, bundle: await signStatement(statement, signer) })
  // Services took their time: what is handed out is about the directory as it is, not as it was.
  if (target.kind === 'tree') requireUnchanged(target.tree)
  const stored: Stored[] = []
  for (const { statement, bundle } of signed) {
    const places: Stored[] = []
    for (const subject of subjectsFor(statement, target)) {
      const { digest, location } = await store.put(subject, bundle)
      places.push({ digest, location, statement })
    }
    // One about files is kept with each, and they may be thousands: the first tells where to look.
    stored.push(...(target.kind === 'files' ? places.slice(0, 1) : places))
  }
  await writeSignature(inputs, signed, context)

  const { name, digest } = identityOf(target)
  return resultOf({
    headline: `Signed ${count(signed.length, 'statement')} about ${name}, by ${signer.description}.`,
    findings: signer.warning === undefined ? [] : [perishable(signer.warning, digest)],
    sections: [overview(stored)],
    outputs: {
      digest,
      subject: digest === '' ? '' : `${name}@${digest}`,
      bundles: unique(stored.map(({ location }) => location)),
      evidence: unique(stored.map((bundle) => bundle.digest)),
    },
  })
}

/** How the signature of a directory lists it. */
function hashingOf({ modelMethod, modelHash, modelShardSize }: Inputs): Hashing {
  return { algorithm: modelHash, ...(modelMethod === 'shards' ? { shardSize: modelShardSize } : {}) }
}

/** A signature that ends with its certificate is a good one, and whoever relies on it later should know. */
function perishable(warning: string, digest: string): Finding {
  const rule = 'sign/expires'
  const remedy = 'Set `tsa-url`, so that the signature outlives its certificate.'
  return { rule, level: 'warning', message: warning, fingerprint: fingerprint(rule, digest), remedy }
}

/** How the headline and the outputs call what was signed; several files have no digest of their own. */
function identityOf(target: Target): { readonly name: string; readonly digest: string } {
  switch (target.kind) {
    case 'artifact':
    case 'tree':
      return target
    case 'files': {
      const [first] = target.files
      if (first !== undefined && target.files.length === 1) return first
      return { name: count(target.files.length, 'file'), digest: '' }
    }
    case 'none':
      return { name: 'what they name', digest: '' }
  }
}

async function openStores(inputs: Inputs, target: Target, context: Context) {
  const specs =
    inputs.store.length > 0 ? inputs.store : [target.kind === 'artifact' ? 'oci' : '.sluice/evidence']
  const dependencies = {
    resolve: (folder: string) => context.workspace.resolve(folder),
    github: githubApi(context, inputs.githubToken),
    ...(target.kind === 'artifact' ? { repository: target.repository } : {}),
  }
  return combinedStore(await Promise.all(specs.map((spec) => openStore(spec, dependencies))))
}

/**
 * Where a bundle is kept: with each subject of its statement. In a registry evidence hangs on the artifact, and of a
 * directory the OMS root is kept beside the digest that commits to its names, so that either finds it. No registry
 * holds anything under a root, so of an artifact the signature of its model hangs on the artifact too.
 */
function subjectsFor(statement: Statement, target: Target): string[] {
  const own = statement.subject.map(({ digest }) => `sha256:${digest['sha256'] ?? ''}`)
  if (statement.predicateType === OMS_TYPE && target.kind === 'artifact') return [target.digest]
  if (statement.predicateType === OMS_TYPE && target.kind === 'tree')
    return [...new Set([...own, target.digest])]
  return [...new Set(own)]
}

/** The signature of a directory as a file of its own, where one is wanted. */
async function writeSignature(inputs: Inputs, signed: readonly Signed[], context: Context): Promise<void> {
  const model = signed.find(({ statement }) => statement.predicateType === OMS_TYPE)
  if (inputs.signature === undefined || model === undefined) return
  await context.workspace.write(inputs.signature, bundleBytes(model.bundle))
}

function overview(stored: readonly Stored[]): Section {
  return {
    kind: 'table',
    title: 'Evidence',
    columns: ['Says', 'About', 'Stored at'],
    rows: stored.map(({ statement, location }) => [statement.predicateType, aboutText(statement), location]),
  }
}

function aboutText({ subject: [first, ...others] }: Statement): string {
  const name = first?.name ?? ''
  return others.length === 0 ? name : `${name} and ${others.length} more`
}

function unique(lines: readonly string[]): string {
  return [...new Set(lines)].join('\n')
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
