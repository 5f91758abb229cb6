import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildImage } from '../../../examples/flight-delays/rehearsal/image.ts'
import { root } from '../../workspace/checkout.js'
import { EXAMPLE, PARTS, REPOSITORY } from './world.js'

/** The command line as a person runs it, in a repository of theirs, with state and temporary folders of its own. */
let home: string
let layout: string
const registry = () =>
  join(home, 'state/sluice/repositories', encodeURIComponent(REPOSITORY), 'registries/ghcr.io')

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-killed-')))
  for (const part of PARTS) await cp(join(EXAMPLE, part), join(home, 'repo', part), { recursive: true })
  await mkdir(join(home, 'temporary'))
  layout = join(home, 'images')
  await buildImage({ example: EXAMPLE, layout, tag: 'first', model: 'champion' })
  await buildImage({ example: EXAMPLE, layout, tag: 'second', model: 'champion', env: { BUILD: '2' } })
})
afterAll(() => rm(home, { recursive: true, force: true }))

interface Rehearsal {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

function release(tag: string): Rehearsal {
  const inputs = [`image=ghcr.io/${REPOSITORY}`, 'model=champion', 'first-release=true']
  return start('release.yml', inputs, '--image', `ghcr.io/${REPOSITORY}=${layout}:${tag}`)
}

function start(workflow: string, inputs: readonly string[], ...more: readonly string[]): Rehearsal {
  const args = [
    ...['rehearse', workflow, '--repository', REPOSITORY, '--event', 'workflow_dispatch', ...more],
    ...['--approve', 'dev,staging,prod', ...inputs.flatMap((input) => ['--input', input])],
  ]
  const env = { ...process.env, XDG_STATE_HOME: join(home, 'state'), TMPDIR: join(home, 'temporary') }
  const child = spawn(process.execPath, [join(root, 'packages/cli/lib/main.js'), ...args], {
    cwd: join(home, 'repo'),
    env,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, output }))) }
}

/** Kills a rehearsal, and nothing but it, as soon as a repository of the registry has a state that `when` takes. */
async function killWhen(when: (states: Readonly<Record<string, string>>) => boolean): Promise<void> {
  const { child, ended } = release('first')
  let over = false
  const { output } = await Promise.race([ended, waitAndKill()])
  over = true
  expect(child.signalCode, output).toBe('SIGKILL')

  async function waitAndKill() {
    while (!over && !when(await states())) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGKILL')
    return await ended
  }
}

/** What the registry wrote down of each repository, by its name. */
async function states(): Promise<Record<string, string>> {
  const folder = join(registry(), 'repositories')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
  const read = async (name: string) => [decodeURIComponent(name), await readFile(join(folder, name), 'utf8')]
  return Object.fromEntries(await Promise.all(names.map(read)))
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
  const before = await states()
  expect(before[`${REPOSITORY}/prod.json`]).toBeUndefined()

  const { code, output } = await release('first').ended
  expect(code, output).toBe(0)
  expect(output).not.toContain('the run waits')
  // No folder, no process, and no half-written state.
  expect(await readdir(join(home, 'temporary'))).toEqual([])
  expect(await stepsOf(join(home, 'temporary'))).toEqual([])
  const after = await states()
  const tags: Record<string, string> = {}
  for (const state of Object.values(after)) {
    const { manifests, tags: own } = JSON.parse(state) as {
      manifests: Record<string, unknown>
      tags: Record<string, string>
    }
    Object.assign(tags, own)
    for (const digest of Object.keys(manifests)) {
      const bytes = await readFile(join(registry(), 'blobs', digest.replace(':', '/')))
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest)
    }
  }
  // One record an environment: what was killed is not told twice.
  const records = Object.keys(tags).filter((tag) => /\.\d{6}$/.test(tag))
  expect(records.sort()).toEqual(['dev.000001', 'prod.000001', 'staging.000001'])
})

test('what it released is there for another rehearsal, and verifies: a rollback goes back to it', async () => {
  const live = async () => JSON.parse((await states())[`${REPOSITORY}/prod.json`] ?? '{}').tags.live
  const first = await live()
  const second = await release('second').ended
  expect(second.code, second.output).toBe(0)
  expect(await live()).not.toBe(first)
  const { code, output } = await start('rollback.yml', ['environment=prod']).ended
  expect(code, output).toBe(0)
  expect(await live()).toBe(first)
  expect(await readFile(join(home, 'repo/sluice.yaml'), 'utf8')).toBe(
    await readFile(join(EXAMPLE, 'sluice.yaml'), 'utf8'),
  )
})
