import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { action as sign } from '@sluice/action-sign'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { sluice } from '../../packages/cli/src/index.js'
import { missing, PROGRAMS, type Program } from './sigstore/peers.js'

const run = promisify(execFile)
/** By the names that the commands call. */
const TOOLS: Readonly<Record<string, Program>> = {
  cosign: 'cosign',
  gh: 'gh',
  model_signing: 'model-signing',
}
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const FILES = {
  'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'model/weights.bin': 'weights',
  'data.csv': 'a,b\n',
}

async function exported(context: TestContext, ...argv: string[]): Promise<string[]> {
  const out: string[] = []
  const code = await sluice(['evidence', 'export', ...argv, '--to', 'out'], {
    env: {},
    cwd: context.workspace.root,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => out.push(text),
  })
  expect(code, out.join('')).toBe(0)
  for (const place of ['.sluice', 'key.pem', 'key.pub'])
    await rm(join(context.workspace.root, place), { recursive: true, force: true })
  const readme = await context.workspace.readText('out/README.md')
  const commands = /## With other tools\n\n```sh\n([\s\S]+?)\n```/.exec(readme)?.[1] ?? ''
  return commands.split('\n').filter((line) => line !== '')
}

/** Runs a command of the README as it stands there, for the shell. */
async function asWritten(context: TestContext, command: string): Promise<{ code: number; said: string }> {
  const [tool = ''] = command.split(' ')
  const env = { PATH: process.env['PATH'], HOME: context.workspace.root, GH_TOKEN: 'none', E: 'out' }
  const script = `${tool}() { ${PROGRAMS[TOOLS[tool] ?? 'cosign']} "$@"; }\n${command}`
  return await run('bash', ['-c', script], { cwd: context.workspace.root, env }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  )
}

const absent = missing(Object.values(TOOLS))
describe.skipIf(absent.length > 0)(
  `the commands in an exported folder${absent.length > 0 ? ` (not installed: ${absent.join(', ')})` : ''}`,
  () => {
    test('verify a directory that was signed by key with cosign and model_signing, and not once it changed', async () => {
      await using context = await testContext({ files: FILES })
      await sign.run(inputsWith(sign, { key: 'key.pem', path: 'model' }), context)
      const commands = await exported(context, 'model', '--key', 'key.pub')
      expect(commands.map((command) => command.split(' ')[0])).toEqual(['cosign', 'model_signing'])
      for (const command of commands)
        expect(await asWritten(context, command), command).toMatchObject({ code: 0 })
      await context.workspace.write('model/weights.bin', 'weightz')
      expect((await asWritten(context, commands[1] ?? '')).code).not.toBe(0)
    })

    test('verify a file that was signed keyless with cosign and gh, and not another', async () => {
      await using sigstore = await startSigstore()
      const claims = githubClaims()
      const { url } = sigstore
      await using context = await testContext({
        files: { ...FILES, 'root.json': sigstore.trustedRoot },
        now: new Date().toISOString(),
        fetch,
        identityToken: async () => sigstore.identityToken(claims),
      })
      await sign.run(
        inputsWith(sign, { files: ['data.csv'], fulcioUrl: url, rekorUrl: url, tsaUrl: url }),
        context,
      )
      const identity = `https://github.com/${claims['job_workflow_ref']}`
      const commands = await exported(
        context,
        'data.csv',
        '--identity',
        identity,
        '--trusted-root',
        'root.json',
      )
      expect(commands.map((command) => command.split(' ')[0])).toEqual(['cosign', 'gh'])
      for (const command of commands)
        expect(await asWritten(context, command), command).toMatchObject({ code: 0 })
      await context.workspace.write('data.csv', 'c\n')
      for (const command of commands) expect((await asWritten(context, command)).code).not.toBe(0)
    })
  },
)
