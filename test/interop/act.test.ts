import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { root } from '../workspace/checkout.js'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const act = join(peers, 'bin/act')
const exec = promisify(execFile)

const CHECKOUT = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0'
const job = (uses: string) => `name: w
on: push
jobs:
  pins:
    runs-on: ubuntu-24.04
    steps:
      - uses: ${CHECKOUT}
      - id: pins
        uses: ${uses}
      - run: echo "verdict=$VERDICT"
        env:
          VERDICT: \${{ steps.pins.outputs.verdict }}
`

/** A repository with the built action in it, run by act on this machine, without containers and caches. */
async function run(workflow: string, files: Record<string, string> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'sluice-act-'))
  try {
    const repository = join(home, 'repository')
    const action = join(repository, 'actions/pin-check')
    for (const part of ['action.yml', 'dist']) {
      await cp(join(root, 'actions/pin-check', part), join(action, part), { recursive: true })
    }
    for (const [file, text] of Object.entries({ ...files, '.github/workflows/w.yml': workflow })) {
      await mkdir(dirname(join(repository, file)), { recursive: true })
      await writeFile(join(repository, file), text)
    }
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
    }
    const git = (...args: string[]) => exec('git', args, { cwd: repository, env })
    await git('init', '--quiet')
    await git('add', '--force', '.')
    await git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '--quiet',
      '--message',
      'Start',
    )
    const hosts = ['--artifact-server-addr', '127.0.0.1', '--no-cache-server']
    const args = ['push', '-P', 'ubuntu-24.04=-self-hosted', ...hosts, '--action-offline-mode']
    const { stdout, stderr } = await exec(act, args, { cwd: repository, env, timeout: 120_000 })
    return { code: 0, out: stdout + stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string }
    return { code: code ?? 1, out: stdout + stderr }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

describe.skipIf(!existsSync(act))('act 0.2.87 (scripts/peers/act.sh) runs a plain job', () => {
  test('an action’s bundle, its outputs and its summary, on another runner than ours', async () => {
    const { code, out } = await run(job('./actions/pin-check'))
    expect(out).toContain('PASS pin-check: All of 2 references in 2 files are pinned.')
    expect(out).toContain('verdict=pass')
    expect(code).toBe(0)
  })

  test('and it fails where it must', async () => {
    const { code, out } = await run(job('./actions/pin-check'), { Dockerfile: 'FROM python:3.13\n' })
    expect(out).toContain('FAIL pin-check')
    expect(out).not.toContain('verdict=pass')
    expect(code).not.toBe(0)
  })

  test('what it cannot: a self-reference, so no reusable workflow of ours', async () => {
    const { code, out } = await run(job('$/actions/pin-check'))
    expect(out).not.toContain('pin-check: All of')
    expect(code).not.toBe(0)
  })
})
