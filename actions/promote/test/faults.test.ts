import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { folderLedger, readLedger, repositoryLedger } from '@sluice/promotion'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { world } from '../../../packages/promotion/test/world.js'
import { action } from '../src/action.js'

/** A network that breaks off at its nth request, before or after the registry saw it. */
function breaking(at: number, when: 'before' | 'after') {
  let count = 0
  return {
    count: () => count,
    fetch: async (url: string | URL, init?: RequestInit) => {
      count += 1
      const cut = () =>
        new SluiceError('NETWORK_CUT', 'The connection was cut.', {
          remedy: 'Try again.',
          kind: 'surroundings',
        })
      if (count > at || (count === at && when === 'before')) throw cut()
      const response = await globalThis.fetch(url, init)
      if (count === at) throw cut()
      return response
    },
  }
}

/** One promotion that loses its network at request `at`, and one that repeats it. Returns whether the first got through. */
async function cutAt(at: number, when: 'before' | 'after', ledgerInRegistry: boolean): Promise<boolean> {
  await using here = await world({ ledgerInRegistry })
  const digest = await here.push('weights')
  await here.attest(digest)
  const network = breaking(at, when)
  let fetch = network.fetch as typeof globalThis.fetch
  await using context = await testContext({ files: here.files, fetch: (url, init) => fetch(url, init) })
  const inputs = inputsWith(action, {
    subject: `${here.registry.host}/build/model:candidate`,
    to: 'dev',
    key: 'release.pem',
  })
  const store = ledgerInRegistry
    ? repositoryLedger(await here.repository('dev/model'))
    : folderLedger(join(context.workspace.root, 'ledger'))
  const records = async () => (await readLedger(store, 'dev', [here.release.trust])).records
  const tag = async () => (await (await here.repository('dev/model')).resolve('dev'))?.digest

  const first = await action.run(inputs, context).catch((error: unknown) => error)
  const failed = first instanceof Error
  // Never a tag that no record explains.
  if ((await tag()) !== undefined) expect(await records()).toHaveLength(1)
  if (failed) expect(first).toMatchObject({ kind: 'surroundings' })

  fetch = globalThis.fetch
  expect((await action.run(inputs, context)).verdict).toBe('pass')
  expect(await tag()).toBe(digest)
  expect(await records()).toHaveLength(1)
  return !failed
}

// Every request in the commonest set-up; every fourth in the others, to keep the time in bounds.
test.each([
  ['before it is sent', 'before', false, 1],
  ['after it was answered', 'after', false, 4],
  ['before it is sent, with the ledger in the registry', 'before', true, 4],
  ['after it was answered, with the ledger in the registry', 'after', true, 4],
] as const)(
  'a promotion cut at any request, %s, is finished by repeating it',
  async (_, when, ledgerInRegistry, stride) => {
    let at = 1
    while (!(await cutAt(at, when, ledgerInRegistry))) at += stride
    expect(at).toBeGreaterThan(20)
  },
  120_000,
)
