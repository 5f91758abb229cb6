import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openRepository } from '@sluice/oci'
import { readLedger, repositoryLedger } from '@sluice/promotion'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action as promote } from '../../actions/promote/src/action.js'
import { action as rollback } from '../../actions/rollback/src/action.js'
import { type World, world } from '../../packages/promotion/test/world.js'
import { daemon, freePort } from './balancers.js'

const peers = ['docker-registry', 'skopeo'].every((name) => spawnSync(name, ['--version']).status === 0)

describe.skipIf(!peers)(
  'promote and rollback on docker-registry (2.8, no referrers API), read by skopeo',
  () => {
    let host: string
    let server: Awaited<ReturnType<typeof daemon>>
    let here: World
    let context: TestContext

    beforeAll(async () => {
      host = `127.0.0.1:${await freePort()}`
      const config = `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: data }, delete: { enabled: true } }\nhttp: { addr: "${host}" }\n`
      const ready = async () => (await fetch(`http://${host}/v2/`)).ok
      server = await daemon('docker-registry', { 'config.yml': config }, () => ['serve', 'config.yml'], ready)
      here = await world({ targets: host, ledgerInRegistry: true })
      context = await testContext({ files: here.files, fetch: globalThis.fetch })
    })
    afterAll(async () => {
      await context[Symbol.asyncDispose]()
      await here[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })

    const move = (subject: string, to: string) =>
      promote.run(inputsWith(promote, { subject, to, key: 'release.pem' }), context)

    async function release(content: string): Promise<string> {
      const digest = await here.push(content)
      await here.attest(digest)
      for (const to of ['dev', 'staging', 'prod']) {
        const subject = to === 'dev' ? `${here.registry.host}/build/model@${digest}` : digest
        expect((await move(subject, to)).verdict).toBe('pass')
      }
      await context.clock.sleep(60_000)
      return digest
    }

    test('another client reads what was promoted, rolled back and recorded', async () => {
      const good = await release('good weights')
      expect(
        skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/prod/model:prod`).digest,
      ).toBe(good)
      const bad = await release('bad weights')
      expect(
        skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/prod/model:prod`).digest,
      ).toBe(bad)

      const back = await rollback.run(
        inputsWith(rollback, { environment: 'prod', key: 'release.pem' }),
        context,
      )
      expect(back).toMatchObject({ verdict: 'pass', outputs: { digest: good, left: bad } })
      expect(
        skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/prod/model:prod`).digest,
      ).toBe(good)

      // The record of the rollback and the evidence are listed under the fallback tag, and their blobs are whole.
      const fallback = `docker://${host}/prod/model:${good.replace(':', '-')}`
      const index = JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', fallback).text)
      const ours = await (await openRepository(`${host}/prod/model`, { fetch })).referrers(good)
      expect(index.manifests.map(({ digest }: { digest: string }) => digest).sort()).toEqual(
        ours.map(({ digest }) => digest).sort(),
      )
      expect(ours).toHaveLength(5)
      const to = join(server.folder, 'out')
      skopeo('copy', '--src-tls-verify=false', `docker://${host}/prod/model@${good}`, `dir:${to}`)
      const [layer] = JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8')).layers
      expect(await readFile(join(to, layer.digest.slice('sha256:'.length)), 'utf8')).toBe('good weights')

      const ledger = repositoryLedger(await openRepository(`${host}/prod/model`, { fetch }))
      const { records } = await readLedger(ledger, 'prod', [here.release.trust])
      expect(records.map(({ kind }) => kind)).toEqual(['promotion', 'promotion', 'rollback'])
      const tags = JSON.parse(
        skopeo('list-tags', '--tls-verify=false', `docker://${host}/prod/model`).text,
      ).Tags
      expect(tags).toContain('prod.000003')
    })
  },
)

function skopeo(...args: string[]): { readonly text: string; readonly digest: string } {
  const done = spawnSync('skopeo', args)
  expect(done.stderr.toString()).toBe('')
  const digest = spawnSync('sha256sum', { input: done.stdout }).stdout.toString().slice(0, 64)
  return { text: done.stdout.toString(), digest: `sha256:${digest}` }
}
