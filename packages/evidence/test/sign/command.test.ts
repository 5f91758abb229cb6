import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  commandKey,
  heldKeySigner,
  type SignerCommand,
  signStatement,
  verifyEvidence,
} from '../../src/index.js'
import { keyPair } from '../keys.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-command-'))
  // The whole protocol, as a program of somebody else would speak it: from its standard input or from the digest.
  await writeFile(
    join(folder, 'keeper.mjs'),
    `import { createPublicKey, createPrivateKey, sign } from 'node:crypto'
    import { readFileSync } from 'node:fs'
    const [how, task] = process.argv.slice(2)
    const key = createPrivateKey(readFileSync(new URL('key.pem', import.meta.url)))
    if (task === 'public-key') process.stdout.write(createPublicKey(key).export({ type: 'spki', format: 'pem' }))
    else {
      const hash = /sha\\d+/.exec(process.env.SLUICE_SIGN_ALGORITHM.slice(4))?.[0] ?? null
      const message = readFileSync(0)
      const bytes = how === 'other' ? Buffer.from('other') : message
      const dsaEncoding = how.startsWith('raw') ? 'ieee-p1363' : 'der'
      const signature = sign(hash, bytes, { key, dsaEncoding })
      const text = signature.toString(how === 'raw-url' ? 'base64url' : 'base64')
      process.stdout.write(how === 'lines' ? text.replace(/.{20}/g, '$&\\n') : text + '\\n')
    }`,
  )
  await writeFile(
    join(folder, 'bad.sh'),
    `#!/bin/sh
    case "$1" in
      env) env >&2; exit 3 ;;
      slow) sleep 60 ;;
      loud) yes ;;
      deaf) exec 0<&-; [ "$2" = sign ] && exit 4; cat key.pub ;;
      mute) exit 0 ;;
      angry) printf '::error::\\033[31mPIN is %s\\nsecond line' "$MY_PIN" >&2; exit 1 ;;
    esac`,
  )
  await chmod(join(folder, 'bad.sh'), 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const command = (program: string, args: string[], more: Partial<SignerCommand> = {}): SignerCommand => ({
  program,
  args,
  environment: { PATH: process.env['PATH'] ?? '' },
  folder,
  ...more,
})
const keeper = (how: string) => command(process.execPath, [join(folder, 'keeper.mjs'), how])
const bad = (how: string, more: Partial<SignerCommand> = {}) => command(join(folder, 'bad.sh'), [how], more)

describe.each(['P-256', 'P-384', 'P-521', 'ed25519'] as const)('a command that keeps a %s key', (curve) => {
  const keys = keyPair(curve)
  beforeAll(() => writeFile(join(folder, 'key.pem'), keys.privatePem))

  const forms = curve === 'ed25519' ? ['der', 'lines'] : ['der', 'lines', 'raw', 'raw-url']
  test.each(forms)('signs what verifies, in the form “%s”', async (form) => {
    const holder = await commandKey(keeper(form))
    // Numbers with leading zeros come up in one of 128 signatures or so.
    for (let count = 0; count < 3; count++) {
      const bundle = await signStatement(about, heldKeySigner({ holder }))
      await expect(
        verifyEvidence(bundle, { subject: { digest }, signedBy: { key: keys.publicPem }, now: new Date() }),
      ).resolves.toMatchObject({ signer: { kind: 'key' } })
    }
  })

  test('that signs something else is found out', async () => {
    const holder = await commandKey(keeper('other'))
    await expect(signStatement(about, heldKeySigner({ holder }))).rejects.toMatchObject({
      code: 'SIGN_COMMAND_FAILED',
      message: expect.stringContaining('that its public key verifies'),
    })
  })
})

describe('a command fails, with its own words made harmless, that', () => {
  test.each<[string, () => SignerCommand, string]>([
    ['is not there', () => command('/nowhere/signer', []), 'cannot be started'],
    ['never ends', () => bad('slow', { patience: 300 }), 'did not end within 0.3 s'],
    ['writes without end', () => bad('loud'), 'more than 64 KiB'],
    ['prints no key', () => bad('mute'), 'no public key in PEM'],
    ['says why', () => bad('angry'), 'saying "::error:: [31mPIN is second line"'],
  ])('%s', async (_what, given, told) => {
    await expect(commandKey(given())).rejects.toMatchObject({
      code: 'SIGN_COMMAND_FAILED',
      kind: 'surroundings',
      message: expect.stringContaining(told),
    })
  })

  test('quotes a variable that it was given', async () => {
    const environment = { PATH: process.env['PATH'] ?? '', MY_PIN: '123456' }
    const error = await commandKey(bad('angry', { environment })).catch((failure: Error) => failure)
    expect(String(error)).toContain('PIN is ***')
    expect(String(error)).not.toContain('123456')
  })

  test('quotes a line of a variable', async () => {
    const pin = 'first line\nsecond line\nthird line'
    const environment = { PATH: process.env['PATH'] ?? '', MY_PIN: pin }
    const script = 'echo "$MY_PIN" | tail -n 1 >&2; exit 1'
    const asked = commandKey(command('/bin/sh', ['-c', script], { environment }))
    const error = await asked.catch((failure: Error) => failure)
    expect(String(error)).toContain('saying "***"')
    expect(String(error)).not.toContain('third line')
  })

  test('closes its input without reading it', async () => {
    await writeFile(join(folder, 'key.pub'), keyPair().publicPem)
    const holder = await commandKey(bad('deaf'))
    await expect(holder.sign(Buffer.alloc(4 * 1024 * 1024))).rejects.toMatchObject({
      message: expect.stringContaining('status 4'),
    })
  })
})

test('a command sees no variable that it was not given', async () => {
  process.env['SLUICE_TEST_SECRET'] = 'do-not-tell'
  const error = await commandKey(bad('env')).catch((failure: Error) => failure)
  delete process.env['SLUICE_TEST_SECRET']
  expect(String(error)).toContain('PATH=')
  expect(String(error)).not.toContain('do-not-tell')
})

test('what a command left running ends with it', async () => {
  const script = 'sleep 30 & echo $! > left; wait'
  await expect(commandKey(command('/bin/sh', ['-c', script], { patience: 500 }))).rejects.toThrow(
    'did not end',
  )
  const left = Number(await readFile(join(folder, 'left'), 'utf8'))
  await expect.poll(() => isRunning(left)).toBe(false)
})

test('a command ends with the run', async () => {
  const run = new AbortController()
  const script = 'echo $$ > own; sleep 30'
  const asked = commandKey(command('/bin/sh', ['-c', script], { signal: run.signal }))
  const refused = expect(asked).rejects.toMatchObject({ name: 'AbortError' })
  await expect.poll(() => readFile(join(folder, 'own'), 'utf8').catch(() => '')).toMatch(/\d/)
  run.abort()
  await refused
  const own = Number(await readFile(join(folder, 'own'), 'utf8'))
  await expect.poll(() => isRunning(own)).toBe(false)
})

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}
