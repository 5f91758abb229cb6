import { mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryRepository } from '@sluice/oci'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  appendRecord,
  folderLedger,
  type LedgerStore,
  lastGood,
  type NewRecord,
  notPromoted,
  type RecordSubject,
  readLedger,
  repositoryLedger,
  servedAt,
  serving,
} from '../src/index.js'
import { OTHER, type Party, party, SUBJECT } from './keys.js'

const THIRD = { name: 'flight-delays', digest: `sha256:${'7c'.repeat(32)}` }
let folder: string
let writer: Party
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-ledger-')))
  writer = party()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const record = (subject: RecordSubject, parts: Partial<NewRecord> = {}): NewRecord => ({
  kind: 'promotion',
  environment: 'prod',
  subject,
  serving: subject,
  evidence: [],
  run: { kind: 'local' },
  ...parts,
})
const day = (n: number) => new Date(Date.UTC(2026, 2, n))
const append = (store: LedgerStore, what: NewRecord, now: Date, signer = writer.signer) =>
  appendRecord(what, { store, trusted: [writer.trust], signer, now })

describe.each([
  ['a folder', () => folderLedger(folder, 'ledger')],
  ['a repository', () => repositoryLedger(memoryRepository('127.0.0.1:1/ledger'))],
])('in %s', (_, open) => {
  test('records form a chain that says what served when, and on whose word', async () => {
    const store = open()
    await append(store, record(SUBJECT), day(1))
    await append(store, record(OTHER), day(3))
    await append(store, record(SUBJECT, { kind: 'rollback' }), day(5))
    const ledger = await readLedger(store, 'prod', [writer.trust])
    expect(ledger.records.map(({ kind, predicate }) => [kind, predicate.sequence])).toEqual([
      ['promotion', 1],
      ['promotion', 2],
      ['rollback', 3],
    ])
    expect(ledger.records[1]!.predicate.previousRecord).toBe(ledger.records[0]!.digest)
    expect(ledger.records[2]!.predicate.previousSubject).toEqual(OTHER)
    expect(servedAt(ledger, new Date(day(1).getTime() - 1))).toBeUndefined()
    expect(servedAt(ledger, day(1))?.subject).toEqual(SUBJECT)
    expect(servedAt(ledger, day(4))?.subject).toEqual(OTHER)
    expect(servedAt(ledger, day(9))).toMatchObject({
      subject: SUBJECT,
      record: { kind: 'rollback', signer: expect.stringMatching(/^key /) },
    })
  })

  test('environments do not mix', async () => {
    const store = open()
    await append(store, record(SUBJECT), day(1))
    await append(store, record(OTHER, { environment: 'prod-eu' }), day(1))
    expect((await readLedger(store, 'prod', [writer.trust])).records).toHaveLength(1)
    expect((await readLedger(store, 'prod-eu', [writer.trust])).records).toHaveLength(1)
  })

  test('a decision on an older state is refused', async () => {
    const store = open()
    const seen = await readLedger(store, 'prod', [writer.trust])
    await append(store, record(SUBJECT), day(1))
    const late = appendRecord(record(OTHER), {
      store,
      trusted: [writer.trust],
      signer: writer.signer,
      now: day(2),
      seen,
    })
    await expect(late).rejects.toMatchObject({ code: 'LEDGER_CONFLICT', kind: 'surroundings' })
    expect((await readLedger(store, 'prod', [writer.trust])).records).toHaveLength(1)
  })

  test('a signer whom nobody would believe writes nothing', async () => {
    const store = open()
    await expect(append(store, record(SUBJECT), day(1), party().signer)).rejects.toMatchObject({
      code: 'LEDGER_SIGNER',
    })
    expect(await store.list('prod')).toEqual([])
  })
})

test('of many writers at once exactly one takes a sequence number, and none leaves anything behind', async () => {
  const store = folderLedger(folder, 'ledger')
  const seen = await readLedger(store, 'prod', [writer.trust])
  const attempts = Array.from({ length: 20 }, () =>
    appendRecord(record(SUBJECT), {
      store,
      trusted: [writer.trust],
      signer: writer.signer,
      now: day(1),
      seen,
    }),
  )
  const results = await Promise.allSettled(attempts)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LEDGER_CONFLICT' })
  }
  expect(await readdir(join(folder, 'prod'))).toEqual(['000001.json'])
})

describe('what was tampered with is said', () => {
  const file = (n: number) => join(folder, 'prod', `00000${n}.json`)
  beforeEach(async () => {
    const store = folderLedger(folder)
    for (const [index, subject] of [SUBJECT, OTHER, THIRD].entries())
      await append(store, record(subject), day(index + 1))
  })

  test.each<[string, () => Promise<void>, string]>([
    ['a record removed', () => rm(file(2)), 'record 2 is missing'],
    ['the first record removed', () => rm(file(1)), 'record 1 is missing'],
    ['a record put in another place', () => rename(file(3), file(2)), 'says that it is record 3'],
    [
      'a changed byte',
      async () => {
        const text = await readFile(file(2), 'utf8')
        const payload = /"payload":"([^"]+)"/.exec(text)![1]!
        const changed = Buffer.from(payload, 'base64').toString().replace('"kind":"local"', '"kind":"lokal"')
        await writeFile(file(2), text.replace(payload, Buffer.from(changed).toString('base64')))
      },
      'not signed by whom',
    ],
    [
      'white space, which breaks no signature but the chain',
      async () => writeFile(file(2), `${await readFile(file(2), 'utf8')} `),
      'does not follow the record before it',
    ],
    [
      'a record cut short',
      async () => writeFile(file(2), (await readFile(file(2), 'utf8')).slice(0, 200)),
      'not signed by whom',
    ],
  ])('%s', async (_, tamper, why) => {
    await tamper()
    const error = await readLedger(folderLedger(folder), 'prod', [writer.trust]).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({ code: 'LEDGER_BROKEN', kind: 'refused' })
    expect((error as Error).message).toContain(why)
  })

  test('the ledger of another environment in the place of this one', async () => {
    await rename(join(folder, 'prod'), join(folder, 'prod-eu'))
    await expect(readLedger(folderLedger(folder), 'prod-eu', [writer.trust])).rejects.toMatchObject({
      code: 'LEDGER_BROKEN',
      message: expect.stringContaining('is about `prod`'),
    })
  })

  test('a record that a stranger signed', async () => {
    const stranger = party()
    const seen = await readLedger(folderLedger(folder), 'prod', [writer.trust])
    await appendRecord(record(SUBJECT), {
      store: folderLedger(folder),
      trusted: [stranger.trust],
      signer: stranger.signer,
      now: day(9),
      seen,
    })
    await expect(readLedger(folderLedger(folder), 'prod', [writer.trust])).rejects.toMatchObject({
      code: 'LEDGER_BROKEN',
    })
  })

  test('a link in place of a record or of the folder is not followed', async () => {
    await rename(file(3), join(folder, 'elsewhere.json'))
    await symlink(join(folder, 'elsewhere.json'), file(3))
    await expect(readLedger(folderLedger(folder), 'prod', [writer.trust])).rejects.toMatchObject({
      code: 'LEDGER_UNREADABLE',
    })
    await symlink(join(folder, 'prod'), join(folder, 'linked'))
    await expect(readLedger(folderLedger(folder), 'linked', [writer.trust])).rejects.toMatchObject({
      code: 'LEDGER_UNREADABLE',
    })
  })
})

test('a clock that went back is refused before anything is written', async () => {
  const store = folderLedger(folder)
  await append(store, record(SUBJECT), day(2))
  await expect(append(store, record(OTHER), day(1))).rejects.toMatchObject({ code: 'LEDGER_BROKEN' })
  expect(await store.list('prod')).toHaveLength(1)
})

describe('history', () => {
  const history = async (...records: NewRecord[]) => {
    const store = repositoryLedger(memoryRepository())
    for (const [index, entry] of records.entries()) await append(store, entry, day(index + 1))
    return await readLedger(store, 'prod', [writer.trust])
  }
  const undone = (subject: RecordSubject, back: RecordSubject) =>
    record(subject, { kind: 'rollout', serving: back, details: { outcome: 'rolled-back' } })

  test('a rollout that was undone leaves the old subject serving', async () => {
    const ledger = await history(record(SUBJECT), record(OTHER, { serving: SUBJECT }), undone(OTHER, SUBJECT))
    expect(serving(ledger)).toEqual(SUBJECT)
    expect(servedAt(ledger, day(9))?.since.predicate.sequence).toBe(1)
    expect(notPromoted(ledger, OTHER.digest)).toContain('rolled back')
  })

  test('promoted means promoted here, and not left since', async () => {
    const ledger = await history(record(SUBJECT), record(OTHER), record(SUBJECT, { kind: 'rollback' }))
    expect(notPromoted(ledger, SUBJECT.digest)).toBeUndefined()
    expect(notPromoted(ledger, THIRD.digest)).toContain('never promoted')
    expect(notPromoted(ledger, OTHER.digest)).toContain('rolled back from it')
    const again = await history(
      record(SUBJECT),
      record(OTHER),
      record(SUBJECT, { kind: 'rollback' }),
      record(OTHER),
    )
    expect(notPromoted(again, OTHER.digest)).toBeUndefined()
  })

  test('the last good subject is one that served and was not rolled back from', async () => {
    expect(lastGood(await history(record(SUBJECT)))).toBeUndefined()
    expect(lastGood(await history(record(SUBJECT), record(OTHER)))).toEqual(SUBJECT)
    const back = await history(
      record(SUBJECT),
      record(OTHER),
      record(THIRD),
      record(OTHER, { kind: 'rollback' }),
    )
    expect(lastGood(back)).toEqual(SUBJECT)
    const twice = await history(record(SUBJECT), record(OTHER), record(SUBJECT, { kind: 'rollback' }))
    expect(lastGood(twice)).toBeUndefined()
  })

  test('when the newest move does not serve, going back means to what serves', async () => {
    const waiting = await history(record(SUBJECT), record(OTHER, { serving: SUBJECT }))
    expect(lastGood(waiting)).toEqual(SUBJECT)
    const rolledBack = await history(
      record(SUBJECT),
      record(OTHER, { serving: SUBJECT }),
      undone(OTHER, SUBJECT),
    )
    expect(lastGood(rolledBack)).toEqual(SUBJECT)
    const abandoned = await history(
      record(SUBJECT),
      record(OTHER, { serving: SUBJECT }),
      record(SUBJECT, { kind: 'rollback' }),
    )
    expect(notPromoted(abandoned, OTHER.digest)).toContain('rolled back from it')
    expect(notPromoted(abandoned, SUBJECT.digest)).toBeUndefined()
  })
})
