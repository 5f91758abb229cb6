import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appendRecord, folderLedger, type NewRecord } from '@sluice/promotion'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OTHER, type Party, party, SUBJECT } from '../../promotion/test/keys.js'
import { sluice } from '../src/sluice.js'

let folder: string
let writer: Party
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-cli-')))
  writer = party()
  await mkdir(join(folder, 'keys'))
  await writeFile(join(folder, 'keys/release.pub.pem'), writer.publicPem)
  await writeFile(join(folder, 'keys/other.pub.pem'), party().publicPem)
  await writeFile(
    join(folder, 'sluice.yaml'),
    `environments:
  prod:
    target: registry.example/prod/model
    ledger: ledger
    recordsSignedBy: [{ key: keys/release.pub.pem }]
    requires: [{ predicate: vulns, signedBy: { key: keys/release.pub.pem } }]
`,
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function append(record: Partial<NewRecord> & Pick<NewRecord, 'subject'>, now: string) {
  const evidence = [
    { requirement: 'test-result of pin-check', predicateType: 't', bundle: OTHER.digest, signer: 'key abc' },
  ]
  const run = { kind: 'github', run: 'https://github.com/o/r/actions/runs/1', actor: 'octocat' }
  const full: NewRecord = {
    kind: 'promotion',
    environment: 'prod',
    serving: record.subject,
    evidence,
    run,
    ...record,
  }
  const store = folderLedger(join(folder, 'ledger'))
  await appendRecord(full, { store, trusted: [writer.trust], signer: writer.signer, now: new Date(now) })
}

async function run(...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const io = {
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
  }
  return { code: await sluice(['ledger', ...argv], io), out: out.join(''), err: err.join('') }
}

describe('with a history', () => {
  beforeEach(async () => {
    await append({ subject: SUBJECT }, '2026-03-01T10:00:00Z')
    await append({ subject: OTHER, serving: SUBJECT }, '2026-03-03T10:00:00Z')
    await append(
      { kind: 'rollout', subject: OTHER, serving: SUBJECT, details: { outcome: 'rolled-back' } },
      '2026-03-03T11:00:00Z',
    )
    await append({ subject: OTHER }, '2026-03-05T10:00:00Z')
    await append(
      { kind: 'rollback', subject: SUBJECT, details: { reason: 'late \u001b[31m::error::x' } },
      '2026-03-07T10:00:00Z',
    )
  })

  test.each([
    ['2026-03-01', SUBJECT.digest, 'since        2026-03-01T10:00:00.000Z'],
    ['2026-03-04', SUBJECT.digest, 'confirmed    rollout (rolled-back)'],
    ['2026-03-05T10:00:00Z', OTHER.digest, 'by           promotion'],
    ['2026-03-08', SUBJECT.digest, 'let in       promotion on 2026-03-01T10:00:00.000Z'],
    ['2026-03-07T11:00:00+01:00', SUBJECT.digest, 'by           rollback'],
  ])('says what served on %s, and on whose word', async (at, digest, text) => {
    const { code, out } = await run('prod', '--at', at)
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toContain(digest)
    expect(out).toContain(text)
    expect(out).toMatch(/on word of {3}key [0-9a-f]{64}/)
    expect(out).toContain('started by octocat')
    expect(out).toContain('test-result of pin-check')
    expect(out).toContain('The chain of 5 records holds')
    expect(out).not.toContain('\u001b')
  })

  test('nothing served before the first record', async () => {
    expect((await run('prod', '--at', '2026-02-28')).out).toMatch(/^prod served nothing/)
  })

  test('the same as JSON, from a folder and a key without sluice.yaml', async () => {
    await rm(join(folder, 'sluice.yaml'))
    const { out } = await run(
      'prod',
      '--ledger',
      'ledger',
      '--key',
      'keys/release.pub.pem',
      '--format',
      'json',
      '--at',
      '2026-03-06',
    )
    expect(JSON.parse(out)).toMatchObject({
      serving: OTHER,
      since: { predicate: { sequence: 4 } },
      records: { length: 5 },
    })
  })

  test('a changed record is said, with exit code 1 and no answer', async () => {
    const file = join(folder, 'ledger/prod/000002.json')
    await writeFile(file, `${await readFile(file, 'utf8')}\n`)
    const { code, out, err } = await run('prod')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('LEDGER_BROKEN')
  })

  test('a key that signed none of it ends likewise', async () => {
    expect((await run('prod', '--key', 'keys/other.pub.pem')).code).toBe(1)
  })
})

test.each([
  ['no record', ['prod'], 'LEDGER_EMPTY'],
  ['an unknown environment', ['prd'], 'ENVIRONMENT_UNKNOWN'],
  ['a time that is none', ['prod', '--at', 'yesterday'], 'LEDGER_ARGUMENTS'],
  ['a day that is none', ['prod', '--at', '2026-02-30'], 'LEDGER_ARGUMENTS'],
  ['an unknown flag', ['prod', '--when', 'now'], 'LEDGER_ARGUMENTS'],
  ['a format that is none', ['prod', '--format', 'xml'], 'LEDGER_ARGUMENTS'],
  [
    'a name that leads out',
    ['../prod', '--ledger', 'ledger', '--key', 'keys/release.pub.pem'],
    'LEDGER_ARGUMENTS',
  ],
  ['a missing key', ['prod', '--key', 'none.pem'], 'FILE_NOT_FOUND'],
])('%s is an error of usage', async (_, argv, code) => {
  const result = await run(...argv)
  expect(result.code).toBe(2)
  expect(result.err).toContain(code)
})

test('help says what it takes', async () => {
  expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('--at') })
  expect((await run()).code).toBe(2)
})
