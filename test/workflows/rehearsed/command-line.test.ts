import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CommandLine, openCommandLine } from './command-line.js'
import { startServers } from './traffic.js'
import { EXAMPLE, REPOSITORY } from './world.js'

let person: CommandLine
beforeAll(async () => {
  person = await openCommandLine()
})
afterAll(() => person[Symbol.asyncDispose]())

const first = () => person.release({ tag: 'first', model: 'champion' }, ['first-release=true'])

/** Kills a rehearsal, and nothing but it, as soon as a repository of the registry has a state that `when` takes. */
async function killWhen(when: (states: Readonly<Record<string, string>>) => boolean): Promise<void> {
  const { child, ended } = await first()
  let over = false
  const { output } = await Promise.race([ended, waitAndKill()])
  over = true
  expect(child.signalCode, output).toBe('SIGKILL')

  async function waitAndKill() {
    while (!over && !when(await person.states())) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGKILL')
    return await ended
  }
}

async function stepsOf(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (environment.includes(`\0RUNNER_TEMP=${folder}/`)) found.push(pid)
  }
  return found
}

test('a release killed in the middle of its promotions, twice, ends well when it is started again', async () => {
  // Once while dev is being filled, once when staging's record stands and its tag may or may not.
  await killWhen((seen) => Object.keys(seen).some((name) => name.endsWith('/dev.json')))
  await killWhen((seen) => Object.values(seen).some((state) => state.includes('"staging.000001"')))
  const before = await person.states()
  expect(before[`${REPOSITORY}/prod.json`]).toBeUndefined()

  const { code, output } = await (await first()).ended
  expect(code, output).toBe(0)
  expect(output).not.toContain('the run waits')
  // No folder, no process, and no half-written state.
  expect(await readdir(person.temporary)).toEqual([])
  expect(await stepsOf(person.temporary)).toEqual([])
  const after = await person.states()
  const tags: Record<string, string> = {}
  for (const state of Object.values(after)) {
    const { manifests, tags: own } = JSON.parse(state) as {
      manifests: Record<string, unknown>
      tags: Record<string, string>
    }
    Object.assign(tags, own)
    for (const digest of Object.keys(manifests)) {
      const bytes = await readFile(join(person.registry, 'blobs', digest.replace(':', '/')))
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest)
    }
  }
  // One record an environment: what was killed is not told twice.
  const records = Object.keys(tags).filter((tag) => /\.\d{6}$/.test(tag))
  expect(records.sort()).toEqual(['dev.000001', 'prod.000001', 'staging.000001'])
})

test('what it released is there for another rehearsal: a canary takes over from it, and a rollback goes back', async () => {
  const live = async () => JSON.parse((await person.states())[`${REPOSITORY}/prod.json`] ?? '{}').tags.live
  const champion = await live()
  await using servers = await startServers(0)
  const { socket, backend, stable, canary } = servers
  const settings = {
    traffic: { haproxy: { socket, backend } },
    'metrics.endpoints': { stable: [stable], canary: [canary] },
    intervalSeconds: 0.5,
    steps: [{ weight: 25, minutes: 0.03, minRequests: 100 }, { weight: 100 }],
  }
  const set = Object.entries(settings).flatMap(([key, value]) => [
    '--set',
    `rollout.${key}=${JSON.stringify(value)}`,
  ])
  const released = await (await person.release({ tag: 'second', model: 'candidate' }, [], ...set)).ended
  expect(released.code, released.output).toBe(0)
  expect(released.output).toContain('has all traffic of prod')
  expect(released.output).not.toContain('Not stood in for')
  expect(await live()).not.toBe(champion)

  const { code, output } = await person.start('rollback.yml', ['environment=prod']).ended
  expect(code, output).toBe(0)
  expect(await live()).toBe(champion)
  expect(await readFile(join(person.repository, 'sluice.yaml'), 'utf8')).toBe(
    await readFile(join(EXAMPLE, 'sluice.yaml'), 'utf8'),
  )
})
