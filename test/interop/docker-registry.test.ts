import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  copyClosure,
  fallbackTag,
  memoryRepository,
  openLayout,
  openRepository,
  parseDigest,
  type Repository,
  verifyClosure,
  writeArtifact,
  writeImage,
} from '@sluice/oci'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const peer = spawnSync('docker-registry', ['--version']).status === 0
const skopeo = spawnSync('skopeo', ['--version']).status === 0

describe.skipIf(!peer)('docker-registry (distribution 2.8, no referrers API)', () => {
  let folder: string
  let host: string
  let server: ChildProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docker-registry-'))
    host = `127.0.0.1:${await freePort()}`
    const config = join(folder, 'config.yml')
    await writeFile(
      config,
      `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${folder}/data }, delete: { enabled: true } }\nhttp: { addr: "${host}" }\n`,
    )
    server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    await answering(`http://${host}/v2/`)
  })

  afterAll(async () => {
    server.kill()
    await once(server, 'exit')
    await rm(folder, { recursive: true, force: true })
  })

  const open = async (name: string) => await openRepository(`${host}/${name}`, { fetch })

  test('takes an image with its referrers, and gives all of it back', async () => {
    const source = await release()
    const report = await copyClosure(source, 'v1', await open('prod/flights'), { tag: 'v1' })
    expect(report.verified.manifests).toBe(3)
    const again = await open('prod/flights')
    expect((await again.referrers(report.root.digest)).map(({ artifactType }) => artifactType)).toEqual([
      'application/x-evidence',
    ])
    const back = openLayout(join(folder, 'back'))
    await copyClosure(again, report.root.digest, back, { tag: 'v1' })
    expect((await verifyClosure(back, 'v1', { content: 'bytes' })).manifests).toBe(3)
  })

  test('mounts within itself, and has nothing to do the second time', async () => {
    const source = await release()
    const dev = await open('dev/flights')
    await copyClosure(source, 'v1', dev, { tag: 'v1' })
    const first = await copyClosure(dev, 'v1', await open('staging/flights'), { tag: 'v1' })
    expect(
      first.items.filter(({ kind }) => kind === 'blob').every(({ action }) => action === 'mounted'),
    ).toBe(true)
    const second = await copyClosure(dev, 'v1', await open('staging/flights'), { tag: 'v1' })
    expect(second.items.every(({ action }) => action === 'present')).toBe(true)
  })

  test('keeps every referrer that many jobs attach at once', async () => {
    const source = await release()
    const { root } = await copyClosure(source, 'v1', await open('busy/flights'), { tag: 'v1' })
    await Promise.all(
      Array.from({ length: 6 }, async (_, index) =>
        writeArtifact(await open('busy/flights'), {
          artifactType: `application/x-${index}`,
          layers: [],
          subject: root,
        }),
      ),
    )
    expect(await (await open('busy/flights')).referrers(root.digest)).toHaveLength(7)
  })

  test('forgets a referrer that is deleted', async () => {
    const repository = await open('delete/flights')
    const { root } = await copyClosure(await release(), 'v1', repository, { tag: 'v1' })
    const [evidence] = await repository.referrers(root.digest)
    await repository.deleteManifest?.(evidence!.digest)
    expect(await repository.referrers(root.digest)).toEqual([])
    expect(await repository.resolve('v1')).toBeDefined()
  })

  test('lists its tags, of which it knows none at first', async () => {
    const repository = await open('tags/flights')
    expect(await repository.tags()).toEqual([])
    const { root } = await copyClosure(await release(), 'v1', repository, { tag: 'v1' })
    const [evidence] = await repository.referrers(root.digest)
    const fallback = [root, evidence!].map(({ digest }) => fallbackTag(parseDigest(digest)))
    expect(await repository.tags()).toEqual([...fallback, 'v1'].sort())
  })

  test.skipIf(!skopeo)('lets skopeo read what was copied there', async () => {
    const { root } = await copyClosure(await release(), 'v1', await open('skopeo/flights'), { tag: 'v1' })
    const run = spawnSync('skopeo', ['inspect', '--tls-verify=false', `docker://${host}/skopeo/flights:v1`], {
      encoding: 'utf8',
    })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toMatchObject({
      Digest: root.digest,
      Labels: { model: 'flights' },
      Env: ['MODEL=flights'],
    })
    const pulled = spawnSync(
      'skopeo',
      [
        'copy',
        '--src-tls-verify=false',
        '--preserve-digests',
        `docker://${host}/skopeo/flights:v1`,
        `oci:${folder}/pulled:v1`,
      ],
      { encoding: 'utf8' },
    )
    expect(pulled.status, pulled.stderr).toBe(0)
    const layout = openLayout(join(folder, 'pulled'))
    expect((await layout.resolve('v1'))?.digest).toBe(root.digest)
    await verifyClosure(layout, 'v1', { content: 'bytes' })
  })
})

/** An image that refers to nothing, evidence about it, and a timestamp of the evidence. */
async function release(): Promise<Repository> {
  const repository = memoryRepository()
  const image = await writeImage(repository, {
    layers: [
      { files: new Map([['app/model.bin', randomBytes(3_000_000)]]) },
      { files: new Map([['app/server.js', Buffer.from('1')]]) },
    ],
    config: {
      entrypoint: ['node', '/app/server.js'],
      env: { MODEL: 'flights' },
      labels: { model: 'flights' },
    },
    tag: 'v1',
  })
  const layers = [{ mediaType: 'application/x-evidence', content: Buffer.from('{"verdict":"pass"}') }]
  const evidence = await writeArtifact(repository, {
    artifactType: 'application/x-evidence',
    layers,
    subject: image,
    annotations: { a: 'b' },
  })
  await writeArtifact(repository, { artifactType: 'application/x-timestamp', layers: [], subject: evidence })
  return repository
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await fetch(url).catch(() => undefined))?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer`)
}
