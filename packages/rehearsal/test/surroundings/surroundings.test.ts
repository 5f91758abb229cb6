import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRepository, writeArtifact } from '@sluice/oci'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { overlayConfiguration } from '../../src/equivalent/configuration-overlay.js'
import { TRUSTED_ROOT } from '../../src/surroundings/configuration-note.js'
import { type SurroundingsOptions, startSurroundings } from '../../src/surroundings/surroundings.js'
import { job, run, services } from '../facts.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-surroundings-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

type Running = Awaited<ReturnType<typeof services>>

const start = (running: Running, more: Partial<SurroundingsOptions> = {}) =>
  startSurroundings({
    state: join(folder, 'state'),
    temporary: join(folder, 'temporary'),
    registries: ['registry.example.com:5000'],
    issuer: running.issuer,
    holders: running.registryHolders,
    env: {},
    ...more,
  })

/** What a job's process gets of an address: the status, and who asks for credentials; or the error. */
function ask(url: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const script = `fetch(process.argv[1]).then(
    (answer) => answer.status + ' ' + answer.headers.get('www-authenticate'),
    (error) => error.cause?.message ?? error.message,
  ).then(console.log)`
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', script, url], { env: variables }, (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    )
  })
}

describe('what a job finds', () => {
  test('are the registries under their own names, and GitHub’s wants its token', async () => {
    await using running = await services()
    await using surroundings = await start(running)
    const { variables } = surroundings
    expect(await ask('https://ghcr.io/v2/o/m/tags/list', variables)).toBe(
      '401 Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/m:pull"',
    )
    expect(await ask('https://registry.example.com:5000/v2/', variables)).toMatch(/^200/)
    // Whoever is not told of the authority believes none of it.
    const { NODE_EXTRA_CA_CERTS: _, ...untold } = variables
    expect(await ask('https://ghcr.io/v2/', untold)).toMatch(/certificate/)
  })

  test('is no public Sigstore, for it would be asked with a token that is worth nothing', async () => {
    await using running = await services()
    const said: string[] = []
    await using surroundings = await start(running, { say: (line) => said.push(line) })
    expect(await ask('https://fulcio.sigstore.dev/', surroundings.variables)).toMatch(/cancelled|403|tunnel/)
    expect(said).toContain('A job was kept from fulcio.sigstore.dev: the rehearsal stands in for it.')
  })

  test('are other hosts as this machine finds them, through its own proxy where it has one', async () => {
    await using running = await services()
    const asked: string[] = []
    const proxy = createServer((socket) =>
      socket.once('data', (data) => {
        asked.push(data.toString())
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      }),
    ).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as { port: number }
    await using surroundings = await start(running, {
      env: { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` },
    })
    expect(await ask('https://pypi.example.com/', surroundings.variables)).toMatch(/cancelled|407|tunnel/)
    proxy.close()
    expect(asked[0]).toMatch(/^CONNECT pypi\.example\.com:443 HTTP\/1\.1\r\n/)
    expect(asked[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })
})

test.each([
  ['docker.io', 'https://registry-1.docker.io/v2/'],
  ['registry.example.com:443', 'https://registry.example.com/v2/'],
  ['10.1.2.3:5000', 'https://10.1.2.3:5000/v2/'],
  ['[2001:db8::1]:5000', 'https://[2001:db8::1]:5000/v2/'],
])('the registry %s answers where its clients ask', async (host, url) => {
  await using running = await services()
  await using surroundings = await start(running, { registries: [host] })
  expect(await ask(url, surroundings.variables)).toMatch(/^200/)
})

test('what a registry holds is there in the next rehearsal, and a job’s token counts by its permissions', async () => {
  await using running = await services()
  const artifact = { artifactType: 'application/vnd.example.model', layers: [], tag: 'live' }
  let digest: string
  {
    await using surroundings = await start(running)
    const at = surroundings.registries.get('ghcr.io')
    ;({ digest } = await writeArtifact(await openRepository(`${at}/o/m`, surroundings.access), artifact))
  }
  await using surroundings = await start(running)
  const { GITHUB_TOKEN: password = '' } = await running.forJob(job({ packages: 'read' }), run)
  const credentials = async () => ({ kind: 'password', username: 'octocat', password }) as const
  const asJob = await openRepository(`${surroundings.registries.get('ghcr.io')}/o/m`, { fetch, credentials })
  expect((await asJob.resolve('live'))?.digest).toBe(digest)
  await expect(writeArtifact(asJob, { ...artifact, artifactType: 'a/b' })).rejects.toMatchObject({
    code: expect.stringMatching(/^OCI_(UNAUTHORIZED|DENIED)$/),
  })
})

test('what registries hold is nobody else’s to read', async () => {
  await using running = await services()
  await using _ = await start(running, { real: ['sigstore'] })
  for (const below of ['.', 'registries', 'registries/ghcr.io'])
    expect((await stat(join(folder, 'state', below))).mode & 0o777).toBe(0o700)
})

test('what is real is neither started nor led to', async () => {
  await using running = await services()
  await using all = await start(running, { real: ['registry', 'sigstore'] })
  expect([all.variables, all.registries.size]).toEqual([{}, 0])
  await using some = await start(running, { real: ['registry'] })
  expect(some.registries.size).toBe(0)
  expect(some.variables).toHaveProperty('REHEARSAL_CONFIGURATION')
})

test('a job’s copy names the Sigstore in every sluice.yaml, and a link that leads out is not followed', async () => {
  await using running = await services()
  await using surroundings = await start(running)
  const copy = join(folder, 'copy')
  await mkdir(join(copy, 'model'), { recursive: true })
  const original = 'model: { name: m, path: p }\n'
  await writeFile(join(folder, 'sluice.yaml'), original)
  await symlink(join(folder, 'sluice.yaml'), join(copy, 'sluice.yaml'))
  await writeFile(join(copy, 'model/sluice.yaml'), original)
  const files = ['sluice.yaml', 'model/sluice.yaml', 'gone/sluice.yaml', 'other.yaml']
  expect(await overlayConfiguration(copy, files, surroundings.variables)).toEqual(['model/sluice.yaml'])
  expect(await readFile(join(folder, 'sluice.yaml'), 'utf8')).toBe(original)
  expect(await readFile(join(copy, 'model/sluice.yaml'), 'utf8')).toMatch(/fulcioUrl: http:\/\/127\.0\.0\.1:/)
  for (const at of ['.', 'model']) expect((await lstat(join(copy, at, TRUSTED_ROOT))).isFile()).toBe(true)
  expect(await overlayConfiguration(copy, files, {})).toEqual([])
})
