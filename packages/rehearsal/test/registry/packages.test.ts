import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { expect, test } from 'vitest'
import type { Permissions } from '../../src/contract.js'
import { job, run, services } from '../facts.js'

type Running = Awaited<ReturnType<typeof services>>

const artifact = { artifactType: 'application/vnd.example.model', layers: [] }

/** Opens the registry as one job does that logs in with its own token; anew each time, with nothing remembered. */
async function as(running: Running, host: string, permissions: Permissions, key: string) {
  const { GITHUB_TOKEN: password = '' } = await running.forJob(job(permissions, { key }), run)
  const credentials = async () => ({ kind: 'password', username: 'octocat', password }) as const
  return () => openRepository(`${host}/octo-org/flight-delays`, { fetch, credentials })
}

test('a job may at the registry what its packages permission grants, until it ends', async () => {
  await using running = await services()
  await using registry = await startRegistry({ token: running.registryHolders })
  const writes = await as(running, registry.host, { packages: 'write' }, 'writes')
  const reads = await as(running, registry.host, { packages: 'read' }, 'reads')
  const none = await as(running, registry.host, { contents: 'write' }, 'none')

  const refused = { code: expect.stringMatching(/^OCI_(UNAUTHORIZED|DENIED)$/) }
  await expect(writeArtifact(await reads(), artifact)).rejects.toMatchObject(refused)
  const { digest } = await writeArtifact(await writes(), artifact)
  await expect((await reads()).resolve(digest)).resolves.toMatchObject({ digest })
  await expect((await none()).resolve(digest)).rejects.toMatchObject(refused)

  running.jobEnded('writes', 'success')
  await expect(writeArtifact(await writes(), artifact)).rejects.toMatchObject(refused)
})

test.each(['', 'guess', 'Y29sb24', 'octocat:'])('the header Basic %j opens nothing', async (text) => {
  await using running = await services()
  await using registry = await startRegistry({ token: running.registryHolders })
  const encoded = text.includes(':') ? Buffer.from(text).toString('base64') : text
  const answer = await fetch(`${registry.url}/token?scope=repository:x:pull`, {
    headers: { authorization: `Basic ${encoded}` },
  })
  expect(answer.status).toBe(401)
})

test('asking for everything gives what is allowed, which is never to delete', async () => {
  await using running = await services()
  await using registry = await startRegistry({ token: running.registryHolders })
  const { GITHUB_TOKEN = '' } = await running.forJob(job({ packages: 'write' }), run)
  const answer = await fetch(`${registry.url}/token?scope=repository:x:*`, {
    headers: { authorization: `Basic ${Buffer.from(`octocat:${GITHUB_TOKEN}`).toString('base64')}` },
  })
  const { token } = (await answer.json()) as { token: string }
  const ask = (method: string, path: string) =>
    fetch(`${registry.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  expect((await ask('POST', '/v2/x/blobs/uploads/')).status).toBe(202)
  expect((await ask('DELETE', `/v2/x/manifests/sha256:${'a'.repeat(64)}`)).status).toBe(401)
})
