import { digestOf } from '@sluice/oci'
import { statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import {
  type GitHubRepository,
  githubStore,
  keySigner,
  openStore,
  requireEvidence,
  type SerializedBundle,
  signStatement,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const API = 'https://ghes.example/api/v3'
const BLOBS = 'https://blobs.example'
const keys = keyPair()
const signer = keySigner({ pem: keys.privatePem })
const type = 'https://example.com/predicate/v1'
const subject = digestOf('model')
const about = (more = {}, digest: string = subject) =>
  signStatement(statement({ name: 'model', digest }, type, more), signer)
const expected = { subject: { digest: subject }, signedBy: { key: keys.publicPem }, now: new Date() }

interface Asked {
  readonly method: string
  readonly url: URL
  readonly authorization: string | null
}

/** Answers as GitHub does (docs, REST API for attestations); `inline` false keeps bundles on a server for blobs. */
function github(options: { inline?: boolean; spell?: (bundle: SerializedBundle) => unknown } = {}) {
  const { inline = true, spell = (bundle: SerializedBundle) => bundle } = options
  const kept: { subject: string; bundle: unknown }[] = []
  const asked: Asked[] = []
  const fetch: GitHubRepository['fetch'] = async (address, init = {}) => {
    const url = new URL(address)
    asked.push({
      method: init.method ?? 'GET',
      url,
      authorization: new Headers(init.headers).get('authorization'),
    })
    if (url.origin === BLOBS) {
      const bytes = Buffer.from(JSON.stringify(kept[Number(url.pathname.slice(1))]?.bundle))
      return new Response(new Uint8Array(literal(bytes)))
    }
    if (init.method === 'POST') {
      const { bundle } = JSON.parse(String(init.body)) as { bundle: SerializedBundle }
      const payload = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as {
        subject: { digest: { sha256: string } }[]
      }
      for (const { digest } of payload.subject)
        kept.push({ subject: `sha256:${digest.sha256}`, bundle: spell(bundle) })
      return Response.json({ id: kept.length }, { status: 201 })
    }
    const size = Number(url.searchParams.get('per_page'))
    const page = Number(url.searchParams.get('after') ?? 0)
    const all = kept.flatMap((entry, index) =>
      url.pathname.endsWith(entry.subject) ? [{ ...entry, index }] : [],
    )
    if (all.length === 0) return Response.json({ message: 'Not Found' }, { status: 404 })
    const some = all.slice(page, page + size)
    const next = new URL(url)
    next.searchParams.set('after', String(page + size))
    return Response.json(
      {
        attestations: some.map(({ bundle, index }) =>
          inline ? { bundle, repository_id: 1 } : { bundle: null, bundle_url: `${BLOBS}/${index}?sig=x` },
        ),
      },
      page + size < all.length ? { headers: { link: `<${next}>; rel="next"` } } : {},
    )
  }
  const store = githubStore({ apiUrl: API, repository: 'acme/flight-delays', token: 'ghs_secret', fetch })
  return { store, kept, asked, fetch }
}

/** Snappy without any copy: a varint of the size, and one literal. */
function literal(bytes: Buffer): Buffer {
  const size = Buffer.alloc(5)
  for (let at = 0, rest = bytes.length; at < 5; at++, rest = Math.floor(rest / 128))
    size[at] = (rest % 128) | (at < 4 ? 128 : 0)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length - 1)
  return Buffer.concat([size, Buffer.from([63 << 2]), length, bytes])
}

describe.each([
  ['inline', true],
  ['on another server, compressed', false],
])('attestations %s', (_where, inline) => {
  test('come out as they went in, each once, over all pages', async () => {
    const { store, kept } = github({ inline })
    await expect(store.list(subject)).resolves.toEqual([])
    for (let more = 0; more < 33; more++) await store.put(subject, await about({ more }))
    const bundle = await about()
    await store.put(subject, bundle)
    await store.put(subject, bundle)
    expect(kept).toHaveLength(34)
    await expect(store.list(subject)).resolves.toHaveLength(34)
    await expect(requireEvidence(store, expected)).resolves.toHaveLength(34)
  })

  test('the token goes to the API and nowhere else', async () => {
    const { store, asked } = github({ inline })
    await store.put(subject, await about())
    await store.list(subject)
    for (const { url, authorization } of asked)
      expect(authorization).toBe(url.origin === 'https://ghes.example' ? 'Bearer ghs_secret' : null)
    expect(asked.some(({ url }) => url.origin === BLOBS)).toBe(!inline)
    expect(asked.at(-1)?.url.href).not.toContain('ghs_secret')
  })
})

test('a bundle that GitHub spells otherwise is known by its signature', async () => {
  const { store, kept, fetch } = github({
    spell: ({ dsseEnvelope, verificationMaterial, mediaType }) => ({
      dsseEnvelope,
      verificationMaterial,
      mediaType,
    }),
  })
  const bundle = await about()
  await store.put(subject, bundle)
  const again = githubStore({ apiUrl: API, repository: 'acme/flight-delays', fetch })
  await again.put(subject, bundle)
  expect(kept).toHaveLength(1)
  await expect(requireEvidence(again, expected)).resolves.toHaveLength(1)
})

test('one statement about several subjects is kept once, under each', async () => {
  const { store, asked } = github()
  const other = digestOf('other')
  const made = statement({ name: 'model', digest: subject }, type, {})
  const both = {
    ...made,
    subject: [...made.subject, { name: 'other', digest: { sha256: other.slice('sha256:'.length) } }],
  }
  const bundle = await signStatement(both, signer)
  await store.put(subject, bundle)
  await store.put(other, bundle)
  expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1)
  await expect(store.list(other)).resolves.toHaveLength(1)
})

describe('an answer that cannot be used decides nothing', () => {
  const answering = (answer: () => Response, more: Partial<GitHubRepository> = {}) =>
    githubStore({ apiUrl: API, repository: 'acme/x', token: 't', fetch: async () => answer(), ...more })
  const one = (attestation: object, headers = {}) =>
    Response.json({ attestations: [attestation] }, { headers })

  test.each<[string, () => Response, string]>([
    ['no JSON', () => new Response('<html>'), 'STORE_UNREADABLE'],
    ['no list', () => Response.json({ attestations: {} }), 'STORE_UNREADABLE'],
    ['neither bundle nor address', () => one({ bundle: null }), 'STORE_UNREADABLE'],
    ['an address that is not https', () => one({ bundle_url: 'http://blobs.example/1' }), 'STORE_UNREADABLE'],
    ['an address of a file', () => one({ bundle_url: 'file:///etc/passwd' }), 'STORE_UNREADABLE'],
    [
      'a next page on another server',
      () => one({ bundle: {} }, { link: '<https://evil.example/2>; rel="next"' }),
      'STORE_UNREADABLE',
    ],
    [
      'pages without end',
      () =>
        one({ bundle: {} }, { link: `<${API}/repos/acme/x/attestations/${subject}?after=1>; rel="next"` }),
      'EVIDENCE_TOO_MANY',
    ],
    [
      'empty pages without end',
      () =>
        Response.json(
          { attestations: [] },
          { headers: { link: `<${API}/repos/acme/x/attestations/${subject}?after=1>; rel="next"` } },
        ),
      'STORE_UNREADABLE',
    ],
    ['a server error', () => new Response('', { status: 502 }), 'STORE_UNREADABLE'],
    [
      'a refusal',
      () => Response.json({ message: 'Resource not accessible' }, { status: 403 }),
      'STORE_FORBIDDEN',
    ],
  ])('%s', async (_what, answer, code) => {
    await expect(answering(answer).list(subject)).rejects.toMatchObject({ code })
  })

  test('a second page that is not there', async () => {
    const link = `<${API}/repos/acme/x/attestations/${subject}?after=1>; rel="next"`
    const fetch: GitHubRepository['fetch'] = async (url) =>
      new URL(url).searchParams.has('after')
        ? Response.json({ message: 'Not Found' }, { status: 404 })
        : one({ bundle: {} }, { link })
    await expect(answering(() => new Response(), { fetch }).list(subject)).rejects.toMatchObject({
      code: 'STORE_NO_ATTESTATIONS',
    })
  })

  test('what GitHub does not take is said with the way out', async () => {
    const bundle = await about()
    const put = (status: number, more = {}) => {
      const get = async () => Response.json({ message: 'Not Found' }, { status: 404 })
      const fetch: GitHubRepository['fetch'] = async (_url, init) =>
        init?.method === 'POST' ? Response.json({ message: 'no\u001b[31m' }, { status }) : await get()
      return answering(() => new Response(), { fetch, ...more }).put(subject, bundle)
    }
    await expect(put(403)).rejects.toMatchObject({
      code: 'STORE_FORBIDDEN',
      remedy: expect.stringContaining('attestations: write'),
    })
    await expect(put(404)).rejects.toMatchObject({
      code: 'STORE_NO_ATTESTATIONS',
      remedy: expect.stringContaining('Enterprise Server'),
    })
    await expect(put(422)).rejects.toMatchObject({ code: 'STORE_REFUSED' })
    await expect(put(403)).rejects.not.toMatchObject({ message: expect.stringContaining('\u001b') })
  })
})

describe('by name', () => {
  const open = (spec: string, repository?: string) =>
    openStore(spec, {
      resolve: async (path) => path,
      github: { apiUrl: API, fetch: async () => new Response(), repository },
    })

  test.each([
    ['github', 'acme/x', 'attestations of acme/x'],
    ['github:acme/y.z', 'acme/x', 'attestations of acme/y.z'],
    ['./github', undefined, 'folder ./github'],
  ])('%s of %s is the %s', async (spec, repository, name) => {
    await expect(open(spec, repository)).resolves.toMatchObject({ name })
  })

  test.each(['github', 'github:', 'github:acme', 'github:acme/..', 'github:acme/x/../../y', 'github:a/b?c'])(
    '%s without a run is none',
    async (spec) => {
      await expect(open(spec)).rejects.toMatchObject({ code: 'STORE_NO_GITHUB' })
    },
  )
})
