import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sluice } from '../src/sluice.js'

const WORKFLOW = `name: Gate
on:
  push:
  workflow_dispatch: { inputs: { word: { type: string, required: true } } }
jobs:
  say:
    runs-on: ubuntu-latest
    outputs: { said: "\${{ steps.it.outputs.said }}" }
    steps:
      - { id: it, run: 'echo "said=$WORD-$KEY" >> "$GITHUB_OUTPUT"; test "$WORD" != bad', env: { WORD: "\${{ inputs.word }}", KEY: "\${{ vars.KEY }}" } }
  deploy: { needs: say, environment: prod, runs-on: ubuntu-latest, steps: [{ run: "true" }] }
`

let repo: string
let state: string
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'sluice-test-state-'))
  vi.stubEnv('XDG_STATE_HOME', state)
  repo = await mkdtemp(join(tmpdir(), 'sluice-test-cli-'))
  await mkdir(join(repo, '.github', 'workflows'), { recursive: true })
  await writeFile(join(repo, '.github', 'workflows', 'gate.yml'), WORKFLOW)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  for (const folder of [repo, state]) await rm(folder, { recursive: true, force: true })
})

async function run(...argv: string[]) {
  let stdout = ''
  let stderr = ''
  const code = await sluice(['rehearse', ...argv], {
    env: { TOKEN: 'from-env' },
    cwd: repo,
    signal: new AbortController().signal,
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

describe('sluice rehearse', () => {
  test('runs a workflow of the current folder and ends in 0', async () => {
    const { code, stdout } = await run('gate.yml', '--approve', 'prod', '--repository', 'octo-org/model')
    expect(stdout).toMatch(/^Gate · push · octo-org\/model@[0-9a-f]{12} \(refs\/heads\/main\)/)
    expect(stdout).toContain('Registries on this machine: ghcr.io.')
    expect(stdout).toMatch(/ {2}signing\.fulcioUrl: http:\/\/127\.0\.0\.1:\d+\n/)
    expect(stdout).toMatch(/✓ success in /)
    expect(code).toBe(0)
  })

  test('leaves as it is what is asked for', async () => {
    const { stdout } = await run('gate.yml', '--approve', 'prod', '--real', 'registry,sigstore')
    expect(stdout).not.toMatch(/on this machine/)
    expect(stdout).toMatch(/✓ success in /)
  })

  test('ends in 1 when the run fails: an environment that nobody approves', async () => {
    const { code, stdout } = await run('gate', '--format', 'text')
    expect(stdout).toContain('was not approved. Approve it with --approve prod.')
    expect(code).toBe(1)
  })

  test('hands inputs and variables in, and the outcome out as JSON', async () => {
    const { code, stdout } = await run(
      ...[
        'gate.yml',
        '--event',
        'workflow_dispatch',
        '--input',
        'word=a=b',
        '--var',
        'KEY=k',
        '--job',
        'say',
      ],
      ...['--secret', 'TOKEN', '--format', 'json'],
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      conclusion: 'success',
      jobs: [{ name: 'say', result: { outputs: { said: 'a=b-k' } } }],
    })
    expect(stdout).not.toContain('from-env')
  })

  test.each([
    [['gate.yml', '--event', 'workflow_dispatch'], /REHEARSAL_INPUT: .*requires the input `word`/],
    [['gate.yml', '--event', 'schedule'], /EVENT_NOT_LISTENED/],
    [['none.yml'], /WORKFLOW_MISSING/],
    [['gate.yml', '--repo', 'nowhere'], /FILE_NOT_FOUND/],
    [['gate.yml', 'more'], /REHEARSE_ARGUMENTS: Unexpected argument 'more'/],
    [['gate.yml', '--secret', 'NOT_SET'], /REHEARSE_ARGUMENTS: --secret wants name=value/],
    [['gate.yml', '--event-file', 'none.json'], /REHEARSE_ARGUMENTS: --event-file/],
    [['gate.yml', '--format', 'html'], /REHEARSE_ARGUMENTS/],
    [['gate.yml', '--real', 'github'], /REHEARSE_ARGUMENTS: --real takes registry or sigstore, not 'github'/],
    [['gate.yml', '--set', 'rollout=1'], /REHEARSAL_SET_INVALID: `rollout` is no path/],
    [['gate.yml', '--set', 'rollout.x=["'], /REHEARSAL_SET_INVALID: The value of `rollout.x` is no YAML/],
    [['gate.yml', '--image', 'oci:x=y'], /REHEARSAL_IMAGE_INVALID: `oci:x` is no `host\/repository\[:tag\]`/],
    [['gate.yml', '--image', 'ghcr.io/o/m=nowhere'], /OCI_NOT_FOUND: .*nowhere/],
    [[], /Usage: sluice rehearse/],
  ])('%j ends in 2', async (argv, message) => {
    const { code, stderr } = await run(...argv)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  test('explains itself', async () => {
    const { code, stdout } = await run('--help')
    expect(stdout).toContain('--approve <name>')
    expect(code).toBe(0)
  })
})
