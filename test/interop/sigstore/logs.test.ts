import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  heldKeySigner,
  keySigner,
  localKey,
  readTrustRoot,
  signStatement,
  verifyEvidence,
} from '@sluice/evidence'
import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { daemon, freePort } from '../balancers.js'
import { pair } from './keys.js'
import { missing, PROGRAMS } from './peers.js'

const absent = missing(['rekor-tiles'])
const title = `rekor-tiles${absent.length === 0 ? '' : ' (not installed: scripts/peers/rekor-tiles.sh)'}`
const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})

describe.skipIf(absent.length > 0)(title, () => {
  const stack = new AsyncDisposableStack()
  let sigstore: LocalSigstore
  let folder: string
  let rekorUrl: string
  let trustedRoot: string
  beforeAll(async () => {
    sigstore = stack.use(await startSigstore())
    folder = await mkdtemp(join(tmpdir(), 'sluice-log-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const port = await freePort()
    rekorUrl = `http://127.0.0.1:${port}`
    const ports = [
      `--http-port=${port}`,
      `--grpc-port=${await freePort()}`,
      `--http-metrics-port=${await freePort()}`,
    ]
    const log = [`--storage-dir=${join(folder, 'log')}`, '--signer-filepath=log.key', '--hostname=127.0.0.1']
    stack.use(
      await daemon(
        'setpriv',
        { 'log.key': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
        () => [
          '--pdeathsig',
          'KILL',
          PROGRAMS['rekor-tiles'],
          'serve',
          ...ports,
          ...log,
          '--checkpoint-interval=200ms',
          '--batch-max-age=50ms',
        ],
        async () => (await fetch(`${rekorUrl}/healthz`)).status < 500,
        30,
      ),
    )
    trustedRoot = rootWith(sigstore.trustedRoot, rekorUrl, publicKey.export({ type: 'spki', format: 'der' }))
  })
  afterAll(() => stack.disposeAsync())

  test.each(['P-256', 'P-384', 'P-521'] as const)('logs what a %s key signed', async (kind) => {
    const keys = pair(kind)
    const trustRoot = await readTrustRoot(trustedRoot)
    const options = { rekorUrl, rekorMajor: 2 as const, tsaUrl: sigstore.tsaUrl, trustRoot }
    const bundle = await signStatement(about, keySigner({ pem: keys[`${kind}.pem`] ?? '', ...options }))
    const signedBy = (key: string | undefined) => ({ key: key ?? '', trustRoot })
    const verified = (key: string | undefined) =>
      verifyEvidence(bundle, { subject: { digest }, signedBy: signedBy(key), now: new Date() })
    await expect(verified(keys[`${kind}.pub`])).resolves.toMatchObject({ timeSource: 'timestamp' })
    await expect(verified(pair(kind)[`${kind}.pub`])).rejects.toMatchObject({
      code: 'EVIDENCE_SIGNATURE_INVALID',
    })
  })

  test('whose answer was lost gives the entry by its tiles, and nothing is signed or logged twice', async () => {
    const trustRoot = await readTrustRoot(trustedRoot)
    const held = localKey(createPrivateKey(pair('P-256')['P-256.pem'] ?? ''))
    let signatures = 0
    const holder = {
      ...held,
      sign(message: Buffer) {
        signatures++
        return held.sign(message)
      },
    }
    await using proxy = await losingFirst(rekorUrl, join(folder, 'log'))
    const bundle = await signStatement(
      about,
      heldKeySigner({ holder, rekorUrl: proxy.url, rekorMajor: 2, tsaUrl: sigstore.tsaUrl, trustRoot }),
    )
    const key = held.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    await expect(
      verifyEvidence(bundle, { subject: { digest }, signedBy: { key, trustRoot }, now: new Date() }),
    ).resolves.toBeDefined()
    expect(signatures).toBe(1)
    expect(proxy.statuses).toEqual([201, 409])
  })
})

/** The trusted root with the log in place of its own ones. */
function rootWith(trustedRoot: string, baseUrl: string, publicKey: Buffer): string {
  const start = new Date(Date.now() - 3_600_000).toISOString()
  const id = createHash('sha256')
    .update('127.0.0.1\n')
    .update(Buffer.of(1))
    .update(publicKey.subarray(-32))
    .digest()
  const log = {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: publicKey.toString('base64'), keyDetails: 'PKIX_ED25519', validFor: { start } },
    logId: { keyId: id.toString('base64') },
  }
  return JSON.stringify({ ...JSON.parse(trustedRoot), tlogs: [log] })
}

/** Stands before the log as a web server does that serves its files, and loses the answer to the first entry. */
async function losingFirst(rekorUrl: string, storage: string) {
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method === 'GET') {
      const file = await readFile(join(storage, (request.url ?? '').replace('/api/v2/', ''))).catch(
        () => undefined,
      )
      return void response.writeHead(file === undefined ? 404 : 200).end(file)
    }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${rekorUrl}${request.url}`, {
      method: 'POST',
      headers,
      body: Buffer.concat(chunks),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    statuses.push(answer.status)
    if (statuses.length === 1) return void response.destroy()
    response.writeHead(answer.status, { 'x-log-index': answer.headers.get('x-log-index') ?? '' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statuses,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
