import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keySigner, referrersStore, signStatement } from '@sluice/evidence'
import { openRepository, type Repository, writeArtifact } from '@sluice/oci'
import { appendRecord, folderLedger, readLedger } from '@sluice/promotion'
import { type Subject, testResultStatement } from '@sluice/verdict'

export function keyPair() {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

/** `prod` in a layout, its ledger in a folder, both inside the workspace. */
export const ENVIRONMENTS = `environments:
  prod:
    target: oci:prod
    traffic: rollout
    ledger: ledger
    requires:
      - { predicate: test-result, check: pin-check, signedBy: { key: release.pub } }
    recordsSignedBy:
      - { key: release.pub }
`

/** What served before, and what was promoted since: the digests of two artifacts. */
export const OLD = await digested('the old model')
export const NEW = await digested('the new model')

/** A promotion that the ledger holds; the first is what serves. */
export interface Promotion {
  readonly subject: Subject
  readonly serving: Subject
}
export const PROMOTED: readonly Promotion[] = [
  { subject: OLD, serving: OLD },
  { subject: NEW, serving: OLD },
]

/**
 * Puts both models and their evidence into the repository of `prod`, and promotions into its ledger.
 * @param folder the workspace
 * @param attested whether the new model has the evidence that the policy requires
 */
export async function furnish(
  folder: string,
  keys: { readonly privateKey: string; readonly publicKey: string },
  options: { readonly now: Date; readonly promotions?: readonly Promotion[]; readonly attested?: boolean },
) {
  const signer = keySigner({ pem: keys.privateKey })
  const repository = await layout(join(folder, 'prod'))
  for (const [subject, content] of [
    [OLD, 'the old model'],
    [NEW, 'the new model'],
  ] as const) {
    await artifact(repository, content, subject === NEW ? 'prod' : undefined)
    if (subject === NEW && options.attested === false) continue
    const evidence = testResultStatement(subject, { check: 'pin-check', verdict: 'pass', configuration: [] })
    await referrersStore(repository).put(subject.digest, await signStatement(evidence, signer))
  }
  const ledger = { store: folderLedger(join(folder, 'ledger')), trusted: [{ key: keys.publicKey }] }
  for (const { subject, serving } of options.promotions ?? PROMOTED) {
    await appendRecord(
      { kind: 'promotion', environment: 'prod', subject, serving, evidence: [], run: { kind: 'local' } },
      { ...ledger, signer, now: options.now },
    )
  }
  return { repository, readLedger: () => readLedger(ledger.store, 'prod', ledger.trusted) }
}

function layout(folder: string): Promise<Repository> {
  return openRepository('oci:prod', { fetch: globalThis.fetch, resolvePath: async () => folder })
}

async function artifact(repository: Repository, content: string, tag?: string): Promise<string> {
  const layer = { mediaType: 'application/vnd.cncf.model.weight.v1.raw', content: Buffer.from(content) }
  const spec = {
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    layers: [layer],
    ...(tag && { tag }),
  }
  return (await writeArtifact(repository, spec)).digest
}

async function digested(content: string): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-artifact-'))
  try {
    return { name: 'flight-delays', digest: await artifact(await layout(folder), content) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
