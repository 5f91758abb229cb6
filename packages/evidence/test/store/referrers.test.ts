import { OCI_INDEX, openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  BUNDLE_LIMIT,
  BUNDLE_MEDIA_TYPE,
  keySigner,
  referrersStore,
  requireEvidence,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const type = 'https://example.com/predicate/v1'
const about = (digest: string, more = {}) =>
  signStatement(statement({ name: 'model', digest }, type, more), signer)
const expected = (digest: string) => ({
  subject: { digest },
  predicateType: type,
  signedBy: { key: keys.publicPem },
  now: new Date(),
})

type Answer = (real: () => Promise<Response>) => Promise<Response>

/** A registry with one artifact, and its repository as seen through `answer` where referrers are asked for. */
async function registry() {
  const running = await startRegistry()
  const open = (answer?: Answer) =>
    openRepository(`${running.host}/dev/model`, {
      fetch: (url, init) =>
        answer !== undefined && String(url).includes('/referrers/')
          ? answer(() => fetch(url, init))
          : fetch(url, init),
    })
  const whole = await open()
  const push = (content: string) =>
    writeArtifact(whole, {
      artifactType: 'application/vnd.example.model',
      layers: [{ mediaType: 'application/octet-stream', content: Buffer.from(content) }],
    })
  const { digest } = await push('weights')
  return { digest, open, push, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
}

/** A registry before distribution-spec 1.1, which does not know the path. */
const absent: Answer = async () => new Response('404 page not found', { status: 404 })
/** The answer of the API, changed on the way. */
const listing =
  (change: (manifests: Record<string, unknown>[]) => unknown[]): Answer =>
  async (real) => {
    const index = (await (await real()).json()) as { manifests: Record<string, unknown>[] }
    return new Response(JSON.stringify({ ...index, manifests: change(index.manifests) }), {
      headers: { 'content-type': OCI_INDEX },
    })
  }

describe('evidence is found', () => {
  test.each<[string, Answer | undefined, Answer | undefined]>([
    ['by the API', undefined, undefined],
    ['by the tag, where there is no API', absent, absent],
    ['by either, where the API came after the evidence', absent, undefined],
  ])('%s', async (_how, writing, reading) => {
    await using running = await registry()
    const { digest } = running
    const store = referrersStore(await running.open(writing))
    await store.put(digest, await about(digest))
    await store.put(digest, await about(digest, { more: 1 }))
    const read = referrersStore(await running.open(reading))
    await expect(requireEvidence(read, expected(digest))).resolves.toHaveLength(2)
  })

  test('by API and tag together, each once, where either knows of one only', async () => {
    await using running = await registry()
    const { digest } = running
    await referrersStore(await running.open()).put(digest, await about(digest, { by: 'the API' }))
    await referrersStore(await running.open(absent)).put(digest, await about(digest, { by: 'the tag' }))
    const tagged = await (await running.open(listing(() => []))).referrers(digest, BUNDLE_MEDIA_TYPE)
    expect(tagged).toHaveLength(1)
    const onlyFirst = listing((all) => all.filter((entry) => entry['digest'] !== tagged[0]?.digest))
    const read = referrersStore(await running.open(onlyFirst))
    await expect(requireEvidence(read, expected(digest))).resolves.toHaveLength(2)
  })

  test('and by its annotations, which cosign looks at, by either way', async () => {
    await using running = await registry()
    const { digest } = running
    await referrersStore(await running.open(absent)).put(digest, await about(digest))
    for (const way of [undefined, absent]) {
      const [referrer] = await (await running.open(way)).referrers(digest, BUNDLE_MEDIA_TYPE)
      expect(referrer?.annotations).toMatchObject({
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': type,
      })
    }
  })
})

describe('a registry that lies', () => {
  test('about what refers to what is not believed', async () => {
    await using running = await registry()
    const { digest } = running
    const other = await running.push('other weights')
    await referrersStore(await running.open()).put(other.digest, await about(other.digest))
    const theirs = await (await running.open()).referrers(other.digest, BUNDLE_MEDIA_TYPE)
    const store = referrersStore(await running.open(listing(() => theirs as unknown[])))
    await expect(requireEvidence(store, expected(digest))).rejects.toMatchObject({ kind: 'refused' })
    // The same evidence, asked for where it belongs.
    await expect(requireEvidence(store, expected(other.digest))).resolves.toHaveLength(1)
  })

  test('about what a referrer is is not believed', async () => {
    await using running = await registry()
    const { digest } = running
    const whole = await running.open()
    const target = await whole.resolve(digest)
    const bundle = await about(digest)
    await writeArtifact(whole, {
      artifactType: 'application/vnd.example.other',
      layers: [{ mediaType: BUNDLE_MEDIA_TYPE, content: Buffer.from(JSON.stringify(bundle)) }],
      ...(target === undefined ? {} : { subject: target }),
    })
    await expect(requireEvidence(referrersStore(whole), expected(digest))).rejects.toMatchObject({
      code: 'EVIDENCE_NONE',
    })
    const relabelled = listing((all) => all.map((entry) => ({ ...entry, artifactType: BUNDLE_MEDIA_TYPE })))
    await expect(
      requireEvidence(referrersStore(await running.open(relabelled)), expected(digest)),
    ).rejects.toMatchObject({ code: 'EVIDENCE_MALFORMED' })
  })

  test('with more referrers than are read, or a bundle larger than is read, is refused before the bytes', async () => {
    await using running = await registry()
    const { digest } = running
    await referrersStore(await running.open()).put(digest, await about(digest))
    const many = listing((all) =>
      Array.from({ length: 300 }, (_, index) => ({
        ...all[0],
        digest: `sha256:${index.toString(16).padStart(64, '0')}`,
      })),
    )
    await expect(referrersStore(await running.open(many)).list(digest)).rejects.toMatchObject({
      code: 'EVIDENCE_TOO_MANY',
    })
    const whole = await running.open()
    const target = await whole.resolve(digest)
    await writeArtifact(whole, {
      artifactType: BUNDLE_MEDIA_TYPE,
      layers: [{ mediaType: BUNDLE_MEDIA_TYPE, content: Buffer.alloc(BUNDLE_LIMIT + 1) }],
      ...(target === undefined ? {} : { subject: target }),
    })
    await expect(referrersStore(whole).list(digest)).rejects.toMatchObject({ code: 'EVIDENCE_TOO_LARGE' })
  })
})
