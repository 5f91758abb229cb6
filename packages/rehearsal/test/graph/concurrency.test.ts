import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Groups, type Turn, type TurnRequest } from '../../src/graph/concurrency.js'

const never = new AbortController().signal
const single = (group = 'g'): TurnRequest => ({ group, queue: 'single', cancelInProgress: false })
const max = (group = 'g'): TurnRequest => ({ ...single(group), queue: 'max' })

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-test-groups-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const turn = (entered: Turn | 'cancelled'): Turn => {
  if (entered === 'cancelled') throw new Error('cancelled')
  return entered
}

describe('a concurrency group', () => {
  test('is held by one at a time, in the order of arrival, with queue max', async () => {
    await using place = await folder()
    using groups = new Groups(place.path)
    const order: string[] = []
    let inside = 0
    const one = async (name: string) => {
      using _turn = turn(await groups.enter(max(), never, () => {}))
      expect(++inside).toBe(1)
      order.push(name)
      await sleep(5)
      inside--
    }
    await Promise.all(['a', 'b', 'c', 'd'].map(one))
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  test('with queue single keeps the newest that waits and cancels the older one', async () => {
    await using place = await folder()
    using groups = new Groups(place.path)
    const first = turn(await groups.enter(single(), never, () => {}))
    let waited = 0
    const second = groups.enter(single(), never, () => waited++)
    const third = groups.enter(single('G'), never, () => waited++)
    expect(await second).toBe('cancelled')
    first[Symbol.dispose]()
    turn(await third)[Symbol.dispose]()
    expect(waited).toBeGreaterThan(0)
  })

  test('with cancel-in-progress stops the one that runs', async () => {
    await using place = await folder()
    using groups = new Groups(place.path)
    const first = turn(await groups.enter(single(), never, () => {}))
    const second = groups.enter({ ...single(), cancelInProgress: true }, never, () => {})
    await new Promise((resolve) => first.cancelled.addEventListener('abort', resolve))
    first[Symbol.dispose]()
    turn(await second)[Symbol.dispose]()
  })

  test('lets others pass, and whoever is cancelled leaves the queue', async () => {
    await using place = await folder()
    using groups = new Groups(place.path)
    const first = turn(await groups.enter(max(), never, () => {}))
    turn(await groups.enter(max('other'), never, () => {}))[Symbol.dispose]()
    const controller = new AbortController()
    const second = groups.enter(max(), controller.signal, () => controller.abort())
    expect(await second).toBe('cancelled')
    const third = groups.enter(max(), never, () => {})
    first[Symbol.dispose]()
    turn(await third)[Symbol.dispose]()
  })

  test('is free again when the process that holds it has been killed', async () => {
    await using place = await folder()
    const module = fileURLToPath(new URL('../../src/graph/concurrency.ts', import.meta.url))
    // Node strips the types; the source's one import of its own is resolved by the hook.
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve: (s, c, next) => next(/^\\.\\.?\\/.*\\.js$/.test(s) && c.parentURL?.endsWith('.ts') ? s.replace(/js$/, 'ts') : s === '@sluice/errors' ? ${JSON.stringify(new URL('../../../errors/src/index.ts', import.meta.url).href)} : s, c) })
      const { Groups } = await import(${JSON.stringify(module)})
      await new Groups(${JSON.stringify(place.path)}).enter({ group: 'g', queue: 'max', cancelInProgress: false }, new AbortController().signal, () => {})
      console.log('held')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    using groups = new Groups(place.path)
    let waits = false
    const mine = groups.enter(max(), never, () => {
      waits = true
      child.kill('SIGKILL')
    })
    turn(await mine)[Symbol.dispose]()
    expect(waits).toBe(true)
  })

  test('says what to change where it cannot be kept', async () => {
    using groups = new Groups('/dev/null/nowhere')
    await expect(groups.enter(max(), never, () => {})).rejects.toMatchObject({
      code: 'CONCURRENCY_UNAVAILABLE',
      kind: 'surroundings',
    })
  })
})
