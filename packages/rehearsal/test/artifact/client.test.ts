import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { claimsOf, job, run, services } from '../facts.js'

type Running = Awaited<ReturnType<typeof services>>
const TWIRP = 'twirp/github.actions.results.api.v1.ArtifactService'

let running: Running
let variables: Readonly<Record<string, string>>
beforeEach(async () => {
  running = await services()
  variables = await running.forJob(job({}), run)
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  vi.stubEnv('GITHUB_WORKSPACE', running.folder)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await running[Symbol.asyncDispose]()
})

/** GitHub's own client, as `actions/upload-artifact` has it. */
async function client() {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  return new DefaultArtifactClient()
}

async function report(): Promise<{ folder: string; files: string[] }> {
  const folder = join(running.folder, 'report')
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<h1>pass</h1>')
  await writeFile(join(folder, 'data/rows.bin'), Buffer.alloc(300_000, 7))
  return { folder, files: [join(folder, 'index.html'), join(folder, 'data/rows.bin')] }
}

describe('GitHub’s own client', () => {
  test('uploads, lists, finds and downloads with the digest', async () => {
    const github = await client()
    const { folder, files } = await report()
    const uploaded = await github.uploadArtifact('sluice-report', files, folder)
    expect(uploaded.digest).toMatch(/^[0-9a-f]{64}$/)
    const { artifacts } = await github.listArtifacts()
    expect(artifacts).toMatchObject([
      { name: 'sluice-report', id: uploaded.id, size: uploaded.size, digest: `sha256:${uploaded.digest}` },
    ])
    const { artifact } = await github.getArtifact('sluice-report')
    const path = join(running.folder, 'down')
    const got = await github.downloadArtifact(artifact.id, {
      path,
      expectedHash: `sha256:${uploaded.digest}`,
    })
    expect(got.digestMismatch).toBe(false)
    await expect(readFile(join(path, 'index.html'), 'utf8')).resolves.toBe('<h1>pass</h1>')
    await expect(readFile(join(path, 'data/rows.bin'))).resolves.toHaveLength(300_000)
    expect(running.record().artifacts).toMatchObject([{ name: 'sluice-report', runId: '4242' }])
  })

  test('uploads one file as it is, without an archive', async () => {
    const github = await client()
    const { folder, files } = await report()
    const page = files.slice(0, 1)
    const { id = 0 } = await github.uploadArtifact('ignored', page, folder, { skipArchive: true })
    await expect(github.listArtifacts()).resolves.toMatchObject({
      artifacts: [{ name: 'index.html', size: 13 }],
    })
    const path = join(running.folder, 'down')
    await github.downloadArtifact(id, { path, skipDecompress: true })
    await expect(readFile(join(path, 'index.html'), 'utf8')).resolves.toBe('<h1>pass</h1>')
  })

  test('sees a digest that differs', async () => {
    const github = await client()
    const { folder, files } = await report()
    const { id = 0 } = await github.uploadArtifact('sluice-report', files, folder)
    const expectedHash = `sha256:${'0'.repeat(64)}`
    const got = await github.downloadArtifact(id, { path: join(running.folder, 'down'), expectedHash })
    expect(got.digestMismatch).toBe(true)
  })

  test('may not use a name twice in a run, until it was deleted', async () => {
    const github = await client()
    const { folder, files } = await report()
    const first = await github.uploadArtifact('sluice-report', files, folder)
    await expect(github.uploadArtifact('sluice-report', files, folder)).rejects.toThrow(/already exists/)
    await github.deleteArtifact('sluice-report')
    const second = await github.uploadArtifact('sluice-report', files, folder)
    expect(second.id).not.toBe(first.id)
  })

  test('does not find what another run uploaded', async () => {
    const github = await client()
    const { folder, files } = await report()
    await github.uploadArtifact('sluice-report', files, folder)
    const other = await running.forJob(job({}), { ...run, runId: '7' })
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', other['ACTIONS_RUNTIME_TOKEN'])
    await expect(github.listArtifacts()).resolves.toEqual({ artifacts: [] })
    await expect(github.getArtifact('sluice-report')).rejects.toThrow(/not found/i)
  })

  test('refuses a server that is not GitHub’s', async () => {
    vi.stubEnv('GITHUB_SERVER_URL', 'https://ghes.example')
    const { folder, files } = await report()
    await expect((await client()).uploadArtifact('x', files, folder)).rejects.toThrow(/GHES/)
  })
})

describe('the service by itself', () => {
  const call = async (method: string, body: object, token = variables['ACTIONS_RUNTIME_TOKEN']) => {
    const response = await fetch(`${variables['ACTIONS_RESULTS_URL']}${TWIRP}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
    return { status: response.status, body: (await response.json()) as any }
  }
  const ids = (token = variables['ACTIONS_RUNTIME_TOKEN'] ?? '') => {
    const [, runId, jobId] = String(claimsOf(token)['scp']).split(':')
    return { workflow_run_backend_id: runId, workflow_job_run_backend_id: jobId }
  }
  const create = (name: string) => call('CreateArtifact', { ...ids(), name, version: 7 })
  const put = (url: string, body: string) => fetch(url, { method: 'PUT', body })
  const sha = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

  test.each<[string, object]>([
    ['another size', { size: '4', hash: sha('abc') }],
    ['another digest', { size: '3', hash: sha('abd') }],
  ])('refuses to finish with %s, and shows nothing', async (_what, claimed) => {
    const { body } = await create('a')
    expect((await put(body.signed_upload_url, 'abc')).status).toBe(201)
    expect((await call('FinalizeArtifact', { ...ids(), name: 'a', ...claimed })).status).toBe(400)
    expect((await call('ListArtifacts', ids())).body.artifacts).toEqual([])
    expect((await call('GetSignedArtifactURL', { ...ids(), name: 'a' })).status).toBe(404)
  })

  test.each(['.', '..', 'a/b', ''])('has no artifact named %j', async (name) =>
    expect((await create(name)).status).toBe(400),
  )

  test('puts blocks together in the order of the list', async () => {
    const { body } = await create('a')
    const url = body.signed_upload_url
    for (const [id, text] of [
      ['b2', 'world'],
      ['b1', 'hello '],
      ['b3', 'unused'],
    ])
      await put(`${url}&comp=block&blockid=${id}`, text ?? '')
    const list = '<?xml version="1.0"?><BlockList><Latest>b1</Latest><Latest>b2</Latest></BlockList>'
    expect((await put(`${url}&comp=blocklist`, list)).status).toBe(201)
    const finish = { ...ids(), name: 'a', size: '11', hash: sha('hello world') }
    expect((await call('FinalizeArtifact', finish)).body).toMatchObject({ ok: true })
    const signed = await call('GetSignedArtifactURL', { ...ids(), name: 'a' })
    await expect((await fetch(signed.body.signed_url)).text()).resolves.toBe('hello world')
  })

  test('a list that names a block which is not there makes nothing', async () => {
    const { body } = await create('a')
    const list = '<BlockList><Latest>nope</Latest></BlockList>'
    expect((await put(`${body.signed_upload_url}&comp=blocklist`, list)).status).toBe(400)
    expect((await call('FinalizeArtifact', { ...ids(), name: 'a', size: '0' })).status).toBe(404)
  })

  test('a finished blob is not written again', async () => {
    const { body } = await create('a')
    await put(body.signed_upload_url, 'abc')
    expect((await put(body.signed_upload_url, 'evil')).status).toBe(409)
  })

  test.each<[string, (url: URL) => void]>([
    ['no signature', (url) => url.searchParams.delete('sig')],
    ['another signature', (url) => url.searchParams.set('sig', 'AAAA')],
    ['a later end', (url) => url.searchParams.set('se', '99999999999999')],
    ['the right to read', (url) => url.searchParams.set('sp', 'r')],
    [
      'another blob',
      (url) => {
        url.pathname = `/blobs/${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`
      },
    ],
    [
      'a path',
      (url) => {
        url.pathname = '/blobs/..%2f..%2fetc%2fpasswd'
      },
    ],
  ])('a URL with %s uploads nothing', async (_what, change) => {
    const { body } = await create('a')
    const url = new URL(body.signed_upload_url)
    change(url)
    expect((await put(url.href, 'abc')).status).toBe(403)
  })

  test.each(['../x', 'a/b', 'a\\b', 'a:b', 'a\n', '', 'x'.repeat(257)])(
    'the name %j is refused',
    async (name) => {
      expect(await create(name)).toMatchObject({ status: 400, body: { code: 'invalid_argument' } })
    },
  )

  test('tokens of other kinds, or for another run or job, are refused', async () => {
    const identity = await running.forJob(job({ 'id-token': 'write' }, { key: 'other' }), run)
    for (const token of ['', 'a.b.c', variables['GITHUB_TOKEN'], identity['ACTIONS_ID_TOKEN_REQUEST_TOKEN']])
      expect((await call('ListArtifacts', ids(), token)).status).toBe(401)
    const url = `${identity['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=${encodeURIComponent(`/${TWIRP}/`)}`
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${identity['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` },
    })
    const { value } = (await answer.json()) as { value: string }
    expect((await call('ListArtifacts', ids(), value)).status).toBe(401)
    expect((await call('ListArtifacts', { ...ids(), workflow_run_backend_id: '1' })).status).toBe(403)
    const foreign = { ...ids(identity['ACTIONS_RUNTIME_TOKEN']), name: 'a', version: 7 }
    expect((await call('CreateArtifact', foreign)).status).toBe(403)
  })

  test('what it does not know it refuses by name', async () => {
    expect(await call('MigrateArtifact', ids())).toMatchObject({ status: 404, body: { code: 'bad_route' } })
    expect((await call('toString', ids())).status).toBe(404)
  })
})
