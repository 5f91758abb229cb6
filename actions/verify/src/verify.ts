import { join } from 'node:path'
import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  compareModel,
  type ModelManifest,
  OMS_TYPE,
  PROVENANCE_TYPE,
  requireUnchanged,
  type SigningConfig,
  type StoredBundle,
  sha256Files,
  signingSection,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Finding, Result } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { readArtifact } from './artifact.js'
import { asCompatible } from './compatibility.js'
import { type Demand, type Held, requireTypes } from './evidence.js'
import { judgeLayers, judgeModel, layersOf, type ModelDemand } from './judge-model.js'
import { judgeLineage, type LineagePolicy, readLineage } from './lineage.js'
import { ignoredFindings, ignoredPaths, modelCandidates, readTree } from './model.js'
import { type Policy, policyOf } from './policy.js'
import { predicateTypes } from './predicate-types.js'
import { type Outcome, report } from './report.js'
import { openStores, readBundles, storeSpecs } from './stores.js'
import { summaryOf } from './summary.js'
import { signedBy } from './trust.js'

/** What the inputs ask for, read once. */
interface Request {
  readonly inputs: Inputs
  readonly context: Context
  readonly types: readonly string[]
  readonly demand: ModelDemand
  /** Bundles named one by one. */
  readonly given: readonly StoredBundle[]
  /** Paths that may be in a directory unsigned. */
  readonly ignore: readonly string[]
}

/** What was decided, by which policy, and on what. */
export interface Decided {
  readonly outcome: Outcome
  readonly policy: Policy
  readonly demand: Demand
}

/** Verifies an artifact, a directory or files against the evidence that must be there. Fails closed. */
export async function verify(inputs: Inputs, context: Context): Promise<Result> {
  return reportOf(
    await decide(inputs, await loadSection(context.workspace, inputs.config, signingSection), context),
    inputs,
  )
}

/** The result of a decision, with its verification summary. */
export function reportOf({ outcome, policy, demand }: Decided, { resourceUri }: Inputs): Result {
  return report(outcome, policy.sha256, summaryOf(outcome, policy, resourceUri, demand.now))
}

/** Decides, for a caller that has use for the evidence itself. @param config what sluice.yaml adds to the inputs */
export async function decide(
  inputs: Inputs,
  config: Pick<SigningConfig, 'ignore' | 'trustedRoot' | 'lineage'>,
  context: Context,
): Promise<Decided> {
  const { subject, path, files, maxAgeSeconds } = inputs
  const chosen = [subject !== undefined, path !== undefined, files.length > 0].filter(Boolean).length
  if (chosen !== 1) {
    throw new SluiceError('VERIFY_TARGETS', `${chosen} of \`subject\`, \`path\` and \`files\` were given.`, {
      remedy: 'Give exactly one of them.',
    })
  }
  const trustedRoot = inputs.trustedRoot ?? config.trustedRoot
  const wanted = predicateTypes(inputs.predicateTypes)
  const types = wanted.length > 0 ? wanted : [path === undefined ? PROVENANCE_TYPE : OMS_TYPE]
  const request: Request = {
    inputs,
    context,
    types,
    demand: {
      ...asCompatible(await signedBy(inputs, trustedRoot, context), inputs.compatibility),
      ignoreUnsigned: inputs.ignoreUnsignedFiles,
      now: context.clock.now(),
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
      every: inputs.every,
      summary: summaryDemand(inputs),
    },
    given: await readBundles(inputs.bundles, context),
    ignore: ignoredPaths(config.ignore, inputs),
  }
  const lineage = inputs.lineage ? await readLineage(config.lineage, types, trustedRoot, context) : undefined
  const found =
    subject !== undefined
      ? await verifyArtifact(subject, request)
      : path === undefined
        ? await verifyFiles(request)
        : await verifyPath(path, request)
  const outcome = lineage === undefined ? found : await withLineage(found, lineage, request)
  const resolved = {
    predicateTypes: inOrder(types),
    ignore: inOrder(request.ignore),
    trustedRoot,
    ...(lineage === undefined ? {} : { lineage: lineage.text }),
  }
  return { outcome, policy: await policyOf(inputs, resolved, context), demand: request.demand }
}

/** The outcome with what was found about what the subject was made from. */
async function withLineage(
  outcome: Outcome,
  lineage: LineagePolicy,
  { inputs, context, given }: Request,
): Promise<Outcome> {
  const about = { name: outcome.name, given, inRepository: outcome.kind === 'artifact' }
  const { findings, section } = await judgeLineage(outcome.held, about, lineage, inputs, context)
  return {
    ...outcome,
    findings: [...outcome.findings, ...findings],
    sections: [...(outcome.sections ?? []), section],
  }
}

/** Lists in a policy say the same in any order, and however often. */
function inOrder(words: readonly string[]): string[] {
  return [...new Set(words)].sort()
}

/** What a `vsa` must say. @throws SluiceError VERIFY_POLICY_DIGEST */
function summaryDemand({ resourceUri, policyDigest }: Inputs): NonNullable<Demand['summary']> {
  if (policyDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(policyDigest)) {
    throw new SluiceError('VERIFY_POLICY_DIGEST', '`policy-digest` is no SHA-256 digest.', {
      remedy: 'Write `sha256:` and 64 lower-case hex digits.',
    })
  }
  return {
    ...(resourceUri === undefined ? {} : { resourceUri }),
    ...(policyDigest === undefined ? {} : { policy: policyDigest }),
  }
}

async function verifyArtifact(subject: string, { inputs, context, ...request }: Request): Promise<Outcome> {
  const { name, digest, repository, findings } = await readArtifact(subject, inputs.content, context)
  const store = await openStores(inputs, repository, context)
  const { types } = request
  const bundles = [...request.given, ...(await store.list(digest))]
  const rest = types.filter((type) => type !== OMS_TYPE)
  const { subjectName: signedAs } = inputs
  const about = { name, digest, ...(signedAs === undefined ? {} : { signedAs }) }
  const outcome = await requireTypes(about, rest, bundles, request.demand)
  const model =
    rest.length === types.length
      ? undefined
      : await judgeLayers(
          layersOf(name, await repository.manifest(digest), request.ignore),
          bundles,
          request.demand,
        )
  return {
    kind: 'artifact',
    name,
    digest,
    subjects: (model?.unsigned.length ?? 0) > 0 ? [] : [{ name, digest }],
    candidates: bundles,
    findings: [...findings, ...(model?.findings ?? []), ...outcome.findings],
    held: [...(model?.held ?? []), ...outcome.held],
    sections: model?.sections ?? [],
  }
}

async function verifyPath(path: string, { inputs, context, ...request }: Request): Promise<Outcome> {
  const tree = await readTree(await context.workspace.resolve(path), path, request.ignore)
  if ('rule' in tree)
    return { kind: 'tree', name: path, digest: '', subjects: [], candidates: [], findings: [tree], held: [] }
  const { types } = request
  const store = await openStores(inputs, undefined, context)
  const about = { name: path, digest: tree.digest }
  const subject = { kind: 'tree' as const, ...about, subjects: [{ name: tree.name, digest: tree.digest }] }
  const bundles = [...request.given, ...(await store.list(tree.digest))]
  const rest = types.filter((type) => type !== OMS_TYPE)
  const others = await requireTypes(about, rest, bundles, request.demand)
  if (rest.length === types.length) {
    requireUnchanged(tree)
    const findings = [...others.findings, ...ignoredFindings(tree, path)]
    return { ...subject, ...others, findings, candidates: bundles }
  }

  const beside = join(path, 'model.sig')
  const own = (await context.workspace.exists(beside)) ? await readBundles([beside], context) : []
  const folders = storeSpecs(inputs, false)
  const candidates = await modelCandidates(tree, store, folders, [...request.given, ...own], context)
  const directory = {
    name: path,
    folder: path,
    compare: (manifest: ModelManifest) => compareModel(manifest, tree),
  }
  const model = await judgeModel(directory, candidates, request.demand)
  // Stores took their time: the verdict is about the directory as it is, not as it was.
  requireUnchanged(tree)
  return {
    ...subject,
    // Of a directory with unsigned files no summary is made: its digest would vouch for them too.
    ...(model.unsigned.length > 0 ? { subjects: [] } : {}),
    candidates: [...bundles, ...candidates],
    findings: [...model.findings, ...others.findings, ...ignoredFindings(tree, path)],
    held: [...model.held, ...others.held],
    sections: model.sections,
  }
}

async function verifyFiles({ inputs, context, ...request }: Request): Promise<Outcome> {
  const paths = await context.workspace.glob(inputs.files)
  if (paths.length === 0) {
    throw new SluiceError(
      'VERIFY_FILES_NOT_FOUND',
      `No file matches ${inputs.files.join(', ').slice(0, 300)}.`,
      { remedy: 'Correct `files` or `working-directory`; a check of nothing would say nothing.' },
    )
  }
  const store = await openStores(inputs, undefined, context)
  const { types } = request
  const findings: Finding[] = []
  const held = new Map<string, Held>()
  const candidates: StoredBundle[] = []
  const hashed = await sha256Files(await Promise.all(paths.map((path) => context.workspace.resolve(path))))
  const subjects = paths.map((name, index) => ({ name, digest: `sha256:${hashed[index]?.sha256}` }))
  for (const { name: path, digest } of subjects) {
    const bundles = [...request.given, ...(await store.list(digest))]
    candidates.push(...bundles)
    const outcome = await requireTypes({ name: path, digest, signedAs: path }, types, bundles, request.demand)
    findings.push(...outcome.findings)
    for (const evidence of outcome.held) held.set(evidence.bundleDigest, evidence)
  }
  const [name, more] = paths
  return {
    kind: 'files',
    subjects,
    candidates,
    name: name !== undefined && more === undefined ? name : `${paths.length} files`,
    digest: more === undefined ? (subjects[0]?.digest ?? '') : '',
    findings,
    held: [...held.values()],
  }
}
