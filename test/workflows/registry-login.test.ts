import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from '../workspace/checkout.js'

const DIGEST = `sha256:${'0'.repeat(64)}`
const GITHUB = 'environments: { prod: { target: ghcr.io/o/m/prod } }\n'
const OTHER = 'environments: { prod: { target: registry.example.com/o/m, ledger: notghcr.io/o/m } }\n'

interface Login {
  readonly reference?: string
  readonly registry?: string
  readonly password?: string
  /** Content of the configuration file; without it none is named. */
  readonly config?: string
}

/** The hosts that the script writes credentials for, or what it says when it fails. */
async function login({ reference = '', registry = '', password = 'p', config }: Login) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-login-'))
  try {
    const file = join(folder, 'sluice.yaml')
    if (config !== undefined) await writeFile(file, config)
    const run = promisify(execFile)('bash', [join(root, '.github/actions/registry-login/login.sh')], {
      env: {
        PATH: process.env['PATH'],
        RUNNER_TEMP: folder,
        GITHUB_ENV: join(folder, 'env'),
        GITHUB_ACTOR: 'octocat',
        TOKEN: 'token-of-the-job',
        REFERENCE: reference,
        CONFIG: config === undefined ? '' : file,
        REGISTRY: registry,
        REGISTRY_USER: registry === '' ? '' : 'me',
        REGISTRY_PASSWORD: password,
      },
    })
    const said = await run.then(
      () => undefined,
      ({ stdout }: { stdout: string }) => stdout,
    )
    if (said !== undefined) return said
    const written = await readFile(join(folder, 'sluice-registry/config.json'), 'utf8').catch(() => '{}')
    return Object.keys((JSON.parse(written) as { auths?: object }).auths ?? {})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.each<[string, Login, readonly string[]]>([
  ['a reference at ghcr.io', { reference: `ghcr.io/o/m@${DIGEST}` }, ['ghcr.io']],
  ['a digest, where the configuration names ghcr.io', { reference: DIGEST, config: GITHUB }, ['ghcr.io']],
  ['no reference, where the configuration names ghcr.io', { config: GITHUB }, ['ghcr.io']],
  ['a digest, where the configuration names others', { reference: DIGEST, config: OTHER }, []],
  ['no reference, where the configuration names others', { config: OTHER }, []],
  ['a digest without a configuration', { reference: DIGEST }, []],
  ['neither reference nor configuration', {}, []],
  ['a host that only looks like it', { reference: 'ghcr.io.example.com/o/m:v1' }, []],
  ['another registry', { reference: 'r.example.com/o/m:v1', registry: 'r.example.com' }, ['r.example.com']],
  ['both', { reference: 'ghcr.io/o/m:v1', registry: 'r.example.com' }, ['r.example.com', 'ghcr.io']],
  ['own credentials at ghcr.io, not the job’s', { config: GITHUB, registry: 'ghcr.io' }, ['ghcr.io']],
])('registry login, %s', async (_, given, hosts) => {
  expect(await login(given)).toEqual(hosts)
})

test.each<[Login, string]>([
  [{ registry: 'r.example.com/o' }, 'is not a host'],
  [{ registry: 'r","x":{"auth":"' }, 'is not a host'],
  [{ registry: 'r.example.com', password: '' }, '`registry-password` is not'],
])('registry login refuses %j', async (given, says) => {
  expect(await login(given)).toContain(says)
})
