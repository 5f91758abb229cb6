import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  copyClosure,
  openArchive,
  openLayout,
  openRepository,
  startRegistry,
  verifyClosure,
  writeImage,
} from '@sluice/oci'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const peer = spawnSync('skopeo', ['--version']).status === 0

describe.skipIf(!peer)('skopeo', () => {
  let folder: string
  let digest: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skopeo-'))
    const image = await writeImage(openLayout(join(folder, 'layout')), {
      layers: [
        { files: new Map([['app/model.bin', randomBytes(2_000_000)]]) },
        { files: new Map([['app/x', Buffer.from('x')]]) },
      ],
      config: { entrypoint: ['node'], labels: { model: 'flights' } },
      tag: 'v1',
    })
    digest = image.digest
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  test('reads an image that was made without an engine from the layout', async () => {
    expect(JSON.parse(await skopeo('inspect', `oci:${folder}/layout:v1`))).toMatchObject({
      Digest: digest,
      Labels: { model: 'flights' },
    })
    await skopeo('copy', `oci:${folder}/layout:v1`, `dir:${folder}/unpacked`)
  })

  test('pushes to the embedded registry, and pulls from it what was copied there', async () => {
    await using registry = await startRegistry({ token: { username: 'ada', password: 'x' } })
    const credentials = async () => ({ kind: 'password', username: 'ada', password: 'x' }) as const
    await skopeo(
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds=ada:x',
      '--preserve-digests',
      `oci:${folder}/layout:v1`,
      `docker://${registry.host}/dev/flights:v1`,
    )
    const dev = await openRepository(`${registry.host}/dev/flights`, { fetch, credentials })
    expect((await dev.resolve('v1'))?.digest).toBe(digest)
    await copyClosure(
      dev,
      'v1',
      await openRepository(`${registry.host}/prod/flights`, { fetch, credentials }),
      { tag: 'live' },
    )
    await skopeo(
      'copy',
      '--src-tls-verify=false',
      '--src-creds=ada:x',
      '--preserve-digests',
      `docker://${registry.host}/prod/flights:live`,
      `oci:${folder}/pulled:live`,
    )
    expect((await openLayout(join(folder, 'pulled')).resolve('live'))?.digest).toBe(digest)
    const listed = JSON.parse(
      await skopeo(
        'list-tags',
        '--tls-verify=false',
        '--creds=ada:x',
        `docker://${registry.host}/prod/flights`,
      ),
    )
    expect(listed.Tags).toEqual(['live'])
  })

  test.each(['docker-archive', 'oci-archive'])('writes a %s that is read as a stream', async (kind) => {
    const file = join(folder, `${kind}.tar`)
    await skopeo(
      'copy',
      `oci:${folder}/layout:v1`,
      `${kind}:${file}:${kind === 'docker-archive' ? 'flights:v1' : 'v1'}`,
    )
    const archive = await openArchive(file)
    const copy = openLayout(join(folder, `from-${kind}`))
    await copyClosure(archive, 'v1', copy, { tag: 'v1' })
    const report = await verifyClosure(copy, 'v1', { content: 'bytes' })
    expect(report.blobs).toBe(3)
    if (kind === 'oci-archive') expect(report.root.digest).toBe(digest)
    const labels = JSON.parse(await skopeo('inspect', `oci:${folder}/from-${kind}:v1`)).Labels
    expect(labels).toEqual({ model: 'flights' })
  })
})

/** Not spawnSync: the registry it talks to lives in this process. */
async function skopeo(...args: string[]): Promise<string> {
  return (await promisify(execFile)('skopeo', args, { timeout: 60_000 })).stdout
}
