import {
  artifactFiles,
  artifactStatement,
  DEFAULT_IGNORES,
  referrersStore,
  signStatement,
} from '@sluice/evidence'
import { memoryRepository, parseManifest, type Repository, writeArtifact } from '@sluice/oci'
import { expect, test } from 'vitest'
import { type AdmissionRequest, examineAdmission } from '../src/index.js'
import { party } from './keys.js'

const TITLE = 'org.opencontainers.image.title'
const release = party()

/** Pushes a model of raw layers; gives its digest. */
async function push(
  repository: Repository,
  files: Record<string, string>,
  mediaType = 'application/octet-stream',
) {
  const layers = Object.entries(files).map(([name, text]) => ({
    mediaType,
    content: Buffer.from(text),
    annotations: { [TITLE]: name },
  }))
  const { digest } = await writeArtifact(repository, {
    artifactType: 'application/vnd.example.model',
    layers,
  })
  return digest
}

async function filesOf(repository: Repository, digest: string) {
  const { bytes, descriptor } = await repository.manifest(digest)
  return artifactFiles(parseManifest(bytes, descriptor.mediaType), DEFAULT_IGNORES)
}

function admit(repository: Repository, digest: string) {
  const requires = [{ predicate: 'model-signature', signedBy: { key: 'release.pub' } }]
  const request = {
    environment: {
      name: 'staging',
      target: 'registry.example/staging',
      requires,
    } as unknown as AdmissionRequest['environment'],
    repository,
    digest,
    stores: ['oci'],
    trust: { source: { readText: async () => release.publicPem } },
    now: new Date('2026-03-03T12:00:00Z'),
  }
  return examineAdmission(request, {} as Parameters<typeof examineAdmission>[1])
}

test('an environment that asks for a model’s signature lets in the artifact whose layers it is of, and no other', async () => {
  const repository = memoryRepository()
  const digest = await push(repository, { 'weights.bin': 'w', 'config.json': '{}' })
  await expect(admit(repository, digest)).resolves.toMatchObject([{ state: 'unmet', shortfall: 'missing' }])

  const signature = await signStatement(
    artifactStatement('model', await filesOf(repository, digest), DEFAULT_IGNORES),
    release.signer,
  )
  await referrersStore(repository).put(digest, signature)
  await expect(admit(repository, digest)).resolves.toMatchObject([
    { state: 'met', requirement: 'model-signature' },
  ])

  // The same signature hung on an artifact with a layer more.
  const other = await push(repository, { 'weights.bin': 'w', 'config.json': '{}', 'code.py': 'evil()' })
  await referrersStore(repository).put(other, signature)
  await expect(admit(repository, other)).resolves.toMatchObject([
    {
      state: 'unmet',
      code: 'EVIDENCE_SUBJECT_MISMATCH',
      detail: expect.stringContaining('"code.py" is not signed'),
    },
  ])
})

test('what a manifest does not tell is not decided', async () => {
  const repository = memoryRepository()
  const digest = await push(repository, { model: 't' }, 'application/vnd.cncf.model.weight.v1.tar')
  await expect(admit(repository, digest)).rejects.toMatchObject({
    code: 'MODEL_NOT_MAPPED',
    kind: 'surroundings',
  })
})
