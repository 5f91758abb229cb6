import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import { EVALUATION_TYPE, type ModelSource } from '@sluice/evaluation'
import { referrersStore, signingSection } from '@sluice/evidence'
import { parseReference, type Reference, selectManifest } from '@sluice/oci'
import {
  type Decided,
  decide,
  environmentsSection,
  openAt,
  requirementsOf,
  resolveRequirements,
} from '@sluice/promotion'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from '../action.js'
import type { Found } from './open-source.js'

type EvidenceSource = Extract<ModelSource, { kind: 'evidence' }>

/**
 * The evaluation that is attached to an artifact, verified as a promotion to the environment that it serves would be,
 * save for its age: what serves was fresh when it was promoted.
 * @throws SluiceError CHAMPION_NOT_TRUSTED, CHAMPION_EVIDENCE_REFUSED, CHAMPION_IS_CANDIDATE, OCI_*, EVIDENCE_*
 */
export async function readEvidence(
  { reference: text }: EvidenceSource,
  { config, subject }: Inputs,
  context: Context,
): Promise<Found> {
  const { workspace, clock } = context
  const reference = parseReference(text)
  const environments = await loadSection(workspace, config, environmentsSection)
  const required = requirementsOf(environments, reference, EVALUATION_TYPE)
  if (required.length === 0) throw nobodyTrusted(text)
  const { trustedRoot } = await loadSection(workspace, config, signingSection)
  const requirements = await resolveRequirements(required, { source: workspace, trustedRoot }, 'ignore')

  const repository = await openAt(reference, context)
  const { digest } = await selectManifest(repository, reference)
  if (subject?.endsWith(`@${digest}`)) throw theCandidate(text, digest)
  const bundles = await referrersStore(repository).list(digest)
  const now = clock.now()
  const decided = await Promise.all(requirements.map((one) => decide(one, bundles, { subject: digest, now })))
  const { evidence, ruling } = held(decided, text)
  return {
    name: `${repository.name.startsWith('oci:') ? '' : 'oci://'}${repository.name}@${digest}`,
    bytes: Buffer.from(JSON.stringify(evidence.statement.predicate)),
    format: 'summary',
    sha256: evidence.bundleDigest.replace(/^sha256:/, ''),
    pinned: {
      kind: 'evidence',
      repository: repository.name,
      subject: digest,
      ...tagOf(reference),
      bundle: evidence.bundleDigest,
      signer: ruling.by.signer,
    },
  }
}

type Held = Extract<Decided, { readonly evidence: unknown }>

/** Every requirement must be met; the first one's evidence speaks. @throws SluiceError CHAMPION_EVIDENCE_REFUSED */
function held(decided: readonly Decided[], text: string): Held {
  const met: Held[] = []
  for (const one of decided) {
    if ('evidence' in one) {
      met.push(one)
      continue
    }
    const { code, detail } = one.ruling
    const by = code === undefined ? '' : ` (${code})`
    throw new SluiceError(
      'CHAMPION_EVIDENCE_REFUSED',
      `No evaluation of ${text.slice(0, 300)} counts${by}: ${detail.replace(/\.$/, '')}.`,
      {
        remedy:
          'Gate and sign that model first (`model-gate` with `subject`, then `sign`), or correct `signedBy` of its environment in sluice.yaml.',
        kind: 'refused',
      },
    )
  }
  return met[0]!
}

function tagOf({ tag, digest }: Reference): { tag?: string } {
  return tag === undefined || digest !== undefined ? {} : { tag }
}

function nobodyTrusted(text: string): SluiceError {
  return new SluiceError(
    'CHAMPION_NOT_TRUSTED',
    `sluice.yaml does not say whose evaluation of ${text.slice(0, 300)} counts.`,
    {
      remedy:
        'Let an environment have this repository as its `target`, and `{ predicate: evaluation, signedBy: … }` among what it `requires`.',
    },
  )
}

function theCandidate(text: string, digest: string): SluiceError {
  return new SluiceError(
    'CHAMPION_IS_CANDIDATE',
    `${text.slice(0, 300)} is ${digest}, which is the subject: the model is compared with itself.`,
    { remedy: 'Name what serves now, by its environment’s tag or its digest.' },
  )
}
