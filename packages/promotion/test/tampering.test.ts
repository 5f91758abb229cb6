import { memoryRepository } from '@sluice/oci'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appendRecord,
  type LedgerStore,
  readLedger,
  repositoryLedger,
  type StoredRecord,
} from '../src/index.js'
import { OTHER, party, SUBJECT } from './keys.js'

test('whatever single byte changes, the ledger breaks or says the same', async () => {
  const writer = party()
  const store = repositoryLedger(memoryRepository())
  for (const [index, subject] of [SUBJECT, OTHER, SUBJECT].entries()) {
    await appendRecord(
      {
        kind: 'promotion',
        environment: 'prod',
        subject,
        serving: subject,
        evidence: [],
        run: { kind: 'local' },
      },
      { store, trusted: [writer.trust], signer: writer.signer, now: new Date(Date.UTC(2026, 2, index + 1)) },
    )
  }
  const stored = await store.list('prod')
  const whole = await readLedger(store, 'prod', [writer.trust])
  const say = ({ records }: typeof whole) =>
    records.map(({ kind, subject, predicate, signer }) => ({ kind, subject, predicate, signer }))

  await fc.assert(
    fc.asyncProperty(fc.nat(2), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, at, change) => {
      const records = stored.map((record, index): StoredRecord => {
        if (index !== which) return record
        const bytes = Uint8Array.from(record.bytes)
        bytes[at % bytes.length]! ^= change
        return { ...record, bytes }
      })
      const tampered: LedgerStore = { ...store, list: async () => records }
      const read = await readLedger(tampered, 'prod', [writer.trust]).catch((error: unknown) => error)
      if (read instanceof Error) expect(read).toMatchObject({ code: 'LEDGER_BROKEN' })
      else {
        expect(which).toBe(2)
        expect(say(read as typeof whole)).toEqual(say(whole))
      }
    }),
    { numRuns: 300 },
  )
})
