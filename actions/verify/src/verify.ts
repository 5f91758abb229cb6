import { join } from 'node:path'
import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  combinedStore,
  type EvidenceStore,
  examine,
  nearestRefusal,
  OMS_TYPE,
  openStore,
  PROVENANCE_TYPE,
  readBundle,
  type SignedBy,
  type StoredBundle,
  sha256File,
  signingSection,
  type VerifiedEvidence,
} from '@sluice/evidence'
import { digestOf, type Repository } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import { type Finding, type Result, resultOf, type Section } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { readArtifact } from './artifact.js'
import { refusalFinding } from './findings.js'
import { ignoredPaths, judgeModel, modelCandidates, readTree } from './model.js'
import { predicateTypes } from './predicate-types.js'
import { signedBy } from './trust.js'

/** What the run has found so far. */
interface Outcome {
  readonly name: string
  readonly digest: string
  readonly findings: readonly Finding[]
  readonly verified: readonly (VerifiedEvidence & { readonly location: string })[]
}

interface Judge {
  readonly by: SignedBy
  readonly types: readonly string[]
  readonly given: readonly StoredBundle[]
  readonly store: (repository?: Repository) => Promise<EvidenceStore>
}

/** Verifies an artifact, a directory or files against the evidence that must be there. Fails closed. */
export async function verify(inputs: Inputs, context: Context): Promise<Result> {
  const config = await loadSection(context.workspace, inputs.config, signingSection)
  const { subject, path, files } = inputs
  const chosen = [subject !== undefined, path !== undefined, files.length > 0].filter(Boolean).length
  if (chosen !== 1) {
    throw new SluiceError('VERIFY_TARGETS', `${chosen} of \`subject\`, \`path\` and \`files\` were given.`, {
      remedy: 'Give exactly one of them.',
    })
  }
  const judge: Judge = {
    by: await signedBy(inputs, inputs.trustedRoot ?? config.trustedRoot, context),
    types: predicateTypes(inputs.predicateTypes),
    given: await readBundles(inputs.bundles, context),
    store: (repository) => openStores(inputs, repository, context),
  }
  if (subject !== undefined) return report(await verifyArtifact(subject, inputs, judge, context))
  if (path !== undefined)
    return report(await verifyPath(path, ignoredPaths(config.ignore ?? [], inputs), inputs, judge, context))
  return report(await verifyFiles(inputs, judge, context))
}

async function verifyArtifact(
  subject: string,
  inputs: Inputs,
  judge: Judge,
  context: Context,
): Promise<Outcome> {
  const { name, digest, repository, findings } = await readArtifact(subject, inputs.content, context)
  const types = judge.types.length > 0 ? judge.types : [PROVENANCE_TYPE]
  const bundles = [...judge.given, ...(await (await judge.store(repository)).list(digest))]
  const outcome = await requireTypes(name, digest, types, bundles, judge.by, inputs, context)
  return { name, digest, findings: [...findings, ...outcome.findings], verified: outcome.verified }
}

async function verifyPath(
  path: string,
  ignore: readonly string[],
  inputs: Inputs,
  judge: Judge,
  context: Context,
): Promise<Outcome> {
  const root = await context.workspace.resolve(path)
  const tree = readTree(root, path, ignore)
  if ('rule' in tree) return { name: path, digest: '', findings: [tree], verified: [] }
  const store = await judge.store()
  const beside = await context.workspace.exists(join(path, 'model.sig'))
  const own = beside ? await readBundles([join(path, 'model.sig')], context) : []
  const types = judge.types.length > 0 ? judge.types : [OMS_TYPE]
  const others = types.filter((type) => type !== OMS_TYPE)
  const bundles = [...judge.given, ...(await store.list(tree.digest))]
  const outcome = await requireTypes(path, tree.digest, others, bundles, judge.by, inputs, context)
  if (!types.includes(OMS_TYPE)) return { name: path, digest: tree.digest, ...outcome }

  const folders = storeSpecs(inputs, false).filter((spec) => spec !== 'oci')
  const candidates = await modelCandidates(tree, store, folders, [...judge.given, ...own], context)
  const model = await judgeModel(tree, path, candidates, {
    signedBy: judge.by,
    ...age(inputs, context),
    ignore,
  })
  return {
    name: path,
    digest: tree.digest,
    findings: [...model.findings, ...outcome.findings],
    verified: [
      ...(model.verified ? [{ ...model.verified.evidence, location: model.verified.location }] : []),
      ...outcome.verified,
    ],
  }
}

async function verifyFiles(inputs: Inputs, judge: Judge, context: Context): Promise<Outcome> {
  const paths = await context.workspace.glob(inputs.files)
  if (paths.length === 0) {
    throw new SluiceError(
      'VERIFY_FILES_NOT_FOUND',
      `No file matches ${inputs.files.join(', ').slice(0, 300)}.`,
      {
        remedy: 'Correct `files` or `working-directory`; a check of nothing would say nothing.',
      },
    )
  }
  const store = await judge.store()
  const types = judge.types.length > 0 ? judge.types : [PROVENANCE_TYPE]
  const findings: Finding[] = []
  const verified = new Map<string, Outcome['verified'][number]>()
  let digest = ''
  for (const path of paths) {
    digest = `sha256:${sha256File(await context.workspace.resolve(path)).sha256}`
    const bundles = [...judge.given, ...(await store.list(digest))]
    const outcome = await requireTypes(path, digest, types, bundles, judge.by, inputs, context, path)
    findings.push(...outcome.findings)
    for (const evidence of outcome.verified) verified.set(evidence.bundleDigest, evidence)
  }
  const [only] = paths
  const name = paths.length === 1 && only !== undefined ? only : `${paths.length} files`
  return { name, digest: paths.length === 1 ? digest : '', findings, verified: [...verified.values()] }
}

/** One verified bundle at least of each type; of the others, the refusal that came nearest. */
async function requireTypes(
  name: string,
  digest: string,
  types: readonly string[],
  bundles: readonly StoredBundle[],
  by: SignedBy,
  inputs: Inputs,
  context: Context,
  subjectName?: string,
): Promise<Pick<Outcome, 'findings' | 'verified'>> {
  const findings: Finding[] = []
  const all: Outcome['verified'][number][] = []
  for (const predicateType of types) {
    const expectation = { subject: { digest }, predicateType, signedBy: by, ...age(inputs, context) }
    const { verified, refused } = await examine(bundles, expectation)
    const fitting = verified.filter(({ statement }) => isNamed(statement.subject, digest, subjectName))
    if (fitting.length > 0) {
      all.push(...fitting)
      continue
    }
    const error = nearestRefusal(refused, predicateType)?.error ?? none(name, digest, predicateType)
    findings.push(refusalFinding(error, name, predicateType))
  }
  return { findings, verified: all }
}

/** A file is signed under its path: the same bytes under another name are another subject. */
function isNamed(
  subjects: VerifiedEvidence['statement']['subject'],
  digest: string,
  name: string | undefined,
): boolean {
  return (
    name === undefined ||
    subjects.some((subject) => subject.name === name && `sha256:${subject.digest['sha256']}` === digest)
  )
}

function none(name: string, digest: string, predicateType: string): SluiceError {
  return new SluiceError('EVIDENCE_NONE', `There is no evidence of ${predicateType} about ${digest}.`, {
    remedy: `Sign ${name} with \`sign\`, or name the store that holds its evidence; if it was signed before, it has changed since.`,
    kind: 'refused',
  })
}

function age(inputs: Inputs, context: Context) {
  const { maxAgeSeconds } = inputs
  return { now: context.clock.now(), ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) }
}

function storeSpecs(inputs: Inputs, inRepository: boolean): readonly string[] {
  return inputs.store.length > 0 ? inputs.store : [inRepository ? 'oci' : '.sluice/evidence']
}

async function openStores(
  inputs: Inputs,
  repository: Repository | undefined,
  context: Context,
): Promise<EvidenceStore> {
  const specs = storeSpecs(inputs, repository !== undefined)
  const dependencies = {
    resolve: (folder: string) => context.workspace.resolve(folder),
    ...(repository === undefined ? {} : { repository }),
  }
  return combinedStore(await Promise.all(specs.map((spec) => openStore(spec, dependencies))))
}

async function readBundles(paths: readonly string[], context: Context): Promise<StoredBundle[]> {
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await readBundle(await context.workspace.resolve(path), path)
      return { bytes, digest: digestOf(bytes), location: path }
    }),
  )
}

function report({ name, digest, findings, verified }: Outcome): Result {
  const [first] = findings
  return resultOf({
    headline:
      first === undefined
        ? `${name} is what was signed by ${[...new Set(verified.map(signerOf))].join(' and ')}.`
        : findings.length === 1
          ? first.message
          : `${first.message} ${findings.length - 1} more.`,
    findings,
    sections: [overview(verified)],
    outputs: {
      digest,
      verified: String(verified.length),
      evidence: verified.map(({ bundleDigest }) => bundleDigest).join('\n'),
    },
  })
}

function signerOf({ signer }: VerifiedEvidence): string {
  return signer.kind === 'key' ? `key ${signer.keyHint.slice(0, 16)}` : signer.identity
}

function overview(verified: Outcome['verified']): Section {
  return {
    kind: 'table',
    title: 'Verified evidence',
    columns: ['Says', 'Signed by', 'At', 'By the word of', 'Stored at'],
    rows: verified.map((evidence) => [
      evidence.statement.predicateType,
      signerOf(evidence),
      evidence.signedAt ?? 'unknown',
      evidence.timeSource === 'claim' ? 'the signer' : evidence.timeSource,
      evidence.location,
    ]),
  }
}
