import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicTrustRoot, readTrustRoot } from '../../src/index.js'
import { authorityExtensions, days, extension, PURPOSE, rsaKeys, stamperExtensions } from '../pki.js'
import { instance, PERIOD } from './private-instance.js'

let sigstore: LocalSigstore
beforeAll(async () => {
  sigstore = await startSigstore()
})
afterAll(() => sigstore[Symbol.asyncDispose]())

// biome-ignore lint/suspicious/noExplicitAny: roots are changed in ways that their format forbids.
type Root = any

describe('a trust root is read', () => {
  test('that the public Sigstore has, once', async () => {
    await expect(publicTrustRoot()).resolves.toMatchObject({ demands: { log: true, certificateLog: true } })
    expect(await publicTrustRoot()).toBe(await publicTrustRoot())
    const { logs } = await publicTrustRoot()
    // It names no operators, and both logs are of one domain.
    expect(new Set(logs.map(({ operator }) => operator))).toEqual(new Set(['sigstore.dev']))
  })

  test('that has no log', async () => {
    await expect(readTrustRoot(JSON.stringify(instance().trustedRoot()))).resolves.toMatchObject({
      demands: { log: false, certificateLog: false },
    })
  })

  test('with a period that ends when it starts, and with one to come', async () => {
    for (const period of [{ start: PERIOD.start, end: PERIOD.start }, { start: days(30).toISOString() }]) {
      const root = instance().trustedRoot({ certificateAuthorities: period })
      await expect(readTrustRoot(JSON.stringify(root))).resolves.toBeDefined()
    }
  })
})

describe('a trust root is refused', () => {
  test.each<[string, (root: Record<string, never[]>) => unknown]>([
    [
      'whose log has no start',
      (root) => ({
        ...root,
        tlogs: root['tlogs']?.map((log: { publicKey: object }) => ({
          ...log,
          publicKey: { ...log.publicKey, validFor: {} },
        })),
      }),
    ],
    ['of another type', (root) => ({ ...root, mediaType: 'application/json' })],
    [
      'whose timestamp authority is certified for something else',
      (root) => ({ ...root, timestampAuthorities: root['certificateAuthorities'] }),
    ],
    [
      'whose key is none',
      (root) => ({
        ...root,
        tlogs: root['tlogs']?.map((log: { publicKey: object }) => ({
          ...log,
          publicKey: { ...log.publicKey, rawBytes: 'AAAA' },
        })),
      }),
    ],
  ])('%s', async (_how, edit) => {
    const root = JSON.stringify(edit(JSON.parse(sigstore.trustedRoot)))
    await expect(readTrustRoot(root)).rejects.toMatchObject({ code: 'TRUST_ROOT_MALFORMED' })
  })

  const first = (root: Root, list: string, edit: (one: Root) => void) => {
    edit(root[list][0])
    return root
  }
  const periodOf = (one: Root) => one.publicKey ?? one

  test.each(['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'])(
    'with a period in %s that has no start, is no time or ends before it starts',
    async (list) => {
      const read = (validFor: object) =>
        readTrustRoot(
          JSON.stringify(
            first(JSON.parse(sigstore.trustedRoot), list, (one) => {
              periodOf(one).validFor = validFor
            }),
          ),
        )
      await expect(
        read({ start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' }),
      ).resolves.toBeDefined()
      for (const validFor of [
        {},
        { end: '2026-01-02T00:00:00Z' },
        { start: 'yesterday' },
        { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' },
      ])
        await expect(read(validFor)).rejects.toMatchObject({ code: 'TRUST_ROOT_MALFORMED' })
    },
  )

  test.each<[string, (root: Root) => Root]>([
    ['that names a log twice', (root) => ({ ...root, tlogs: [...root.tlogs, root.tlogs[0]] })],
    ['that names a certificate log twice', (root) => ({ ...root, ctlogs: [...root.ctlogs, root.ctlogs[0]] })],
    ['whose log has no id', (root) => first(root, 'tlogs', (log) => delete log.logId)],
    [
      'that names nobody',
      ({ mediaType }) => ({
        mediaType,
        tlogs: [],
        ctlogs: [],
        certificateAuthorities: [],
        timestampAuthorities: [],
      }),
    ],
    [
      'whose authority has no certificate',
      (root) =>
        first(root, 'certificateAuthorities', (one) => Object.assign(one.certChain, { certificates: [] })),
    ],
    [
      'whose certificate cannot be read',
      (root) =>
        first(root, 'certificateAuthorities', (one) =>
          Object.assign(one.certChain, { certificates: [{ rawBytes: 'AAAA' }] }),
        ),
    ],
    [
      'whose certificate authority is a signer',
      (root) => ({ ...root, certificateAuthorities: root.timestampAuthorities }),
    ],
    ['with too many logs', (root) => ({ ...root, tlogs: Array(65).fill(root.tlogs[0]) })],
  ])('%s', async (_how, edit) => {
    await expect(readTrustRoot(sigstore.trustedRoot)).resolves.toBeDefined()
    const root = JSON.stringify(edit(JSON.parse(sigstore.trustedRoot)))
    await expect(readTrustRoot(root)).rejects.toMatchObject({ code: 'TRUST_ROOT_MALFORMED' })
  })

  test.each<[string, Parameters<typeof instance>[0]]>([
    [
      'may not issue certificates',
      { middle: { extensions: [extension.authority(), extension.keyUsage(0)] } },
    ],
    [
      'issues for servers',
      { middle: { extensions: [...authorityExtensions(), extension.purposes([PURPOSE.serverAuth])] } },
    ],
    ['has a key of 1024 bits', { root: { keys: rsaKeys(1024) } }],
    ['allows none below it', { root: { extensions: authorityExtensions(0) } }],
    [
      'stamps without marking it critical',
      { stamper: { extensions: [extension.keyUsage(0), extension.purposes([PURPOSE.timeStamping])] } },
    ],
    [
      'stamps and signs code',
      {
        stamper: {
          extensions: [
            extension.keyUsage(0),
            extension.purposes([PURPOSE.timeStamping, PURPOSE.codeSigning], true),
          ],
        },
      },
    ],
    ['stamps and issues', { stamper: { extensions: [...stamperExtensions, extension.authority()] } }],
  ])('whose authority %s', async (_how, more) => {
    await expect(readTrustRoot(JSON.stringify(instance(more).trustedRoot()))).rejects.toMatchObject({
      code: 'TRUST_ROOT_MALFORMED',
    })
  })

  test('that is no JSON, has a member twice, or is huge', async () => {
    for (const root of [
      '{',
      sigstore.trustedRoot.replace('"tlogs"', '"tlogs":[],"tlogs"'),
      ' '.repeat(5 * 1024 * 1024),
    ])
      await expect(readTrustRoot(root)).rejects.toMatchObject({ code: 'TRUST_ROOT_MALFORMED' })
  })
})
