import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { action as sign } from '@sluice/action-sign'
import { action as verify } from '@sluice/action-verify'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { pair } from './keys.js'
import { HASHES, OMS_FORMS, type OmsForm } from './oms-forms.js'
import { missing, PROGRAMS } from './peers.js'

const run = promisify(execFile)
const script = fileURLToPath(new URL('oms_forms.py', import.meta.url))

/** Three shards of eight bytes, one, and none: the format leaves empty files out of shards. */
const MODEL = { 'model/a/weights.bin': 'x'.repeat(20), 'model/b.json': '{}', 'model/größe.txt': 'groß' }

async function workplace({ method, hash }: OmsForm) {
  const context = await testContext({ files: { ...pair('P-256'), ...MODEL } })
  const { root } = context.workspace
  const library = (verb: 'sign' | 'verify', key: string) =>
    run(
      join(dirname(PROGRAMS['model-signing']), 'python'),
      [script, verb, 'model', 'model.sig', key, method, HASHES[hash], '8'],
      { cwd: root, env: { PATH: process.env['PATH'], HOME: root, LANG: 'C.UTF-8' } },
    )
  return Object.assign(context, {
    change: () => writeFile(join(root, 'model/a/weights.bin'), `${'x'.repeat(19)}y`),
    library,
    sign: () =>
      sign.run(
        inputsWith(sign, {
          ...{ path: 'model', key: 'P-256.pem', signature: 'model.sig' },
          ...{ modelMethod: method, modelHash: hash, modelShardSize: 8 },
        }),
        context,
      ),
    verify: async () => {
      const given = { path: 'model', key: 'P-256.pub', bundles: ['model.sig'], store: ['none'] }
      return (await verify.run(inputsWith(verify, given), context)).verdict
    },
  })
}

const absent = missing(['model-signing'])
const title = `the library of model_signing${absent.length === 0 ? '' : ' (not installed: model-signing)'}`
describe.skipIf(absent.length > 0)(title, () => {
  const read = OMS_FORMS.filter(({ refused }) => refused === undefined)
  test.each(read)('verifies $method by $hash that sign wrote, until a byte changes', async (form) => {
    await using place = await workplace(form)
    await place.sign()
    await place.library('verify', 'P-256.pub')
    await place.change()
    await expect(place.library('verify', 'P-256.pub')).rejects.toThrow('Signature mismatch')
  })

  const unread = OMS_FORMS.filter(({ refused }) => refused !== undefined)
  test.each(unread)('still refuses $method by $hash that sign wrote: $refused', async (form) => {
    await using place = await workplace(form)
    await place.sign()
    expect(await place.verify()).toBe('pass')
    await expect(place.library('verify', 'P-256.pub')).rejects.toThrow('Signature mismatch')
  })

  const written = OMS_FORMS.filter(({ unwritten }) => unwritten === undefined)
  test.each(written)('signs $method by $hash that verify accepts, until a byte changes', async (form) => {
    await using place = await workplace(form)
    await place.library('sign', 'P-256.pem')
    expect(await place.verify()).toBe('pass')
    await place.change()
    expect(await place.verify()).toBe('fail')
  })
})
