import { referrersStore } from '@sluice/evidence'
import type { Stage } from '../stage.js'
import { broken } from './faults.js'
import { type Ledger, signedByOneOf } from './ledger.js'
import { readRecord } from './record.js'

/**
 * Holds a ledger against the records that stand with the subject of the environment's tag. A chain whose newest
 * records were removed still holds by itself; here the record that is missing, or another one in its place, is seen.
 * Records are attached after they were added to the ledger, so a run that was cut short does not look like this.
 * @throws SluiceError LEDGER_BROKEN; as the registry
 */
export async function requireAgreement(
  ledger: Ledger,
  { repository, tag, trusted, store, environment: { name } }: Stage,
): Promise<void> {
  const tagged = await repository.resolve(tag)
  if (tagged === undefined) return
  for (const { bytes, digest, location } of await referrersStore(repository).list(tagged.digest)) {
    const evidence = await signedByOneOf(bytes, trusted)
    const record = 'because' in evidence ? evidence : readRecord(evidence.statement)
    if ('because' in record || record.predicate.environment !== name) continue
    const { sequence } = record.predicate
    const own = ledger.records[sequence - 1]
    if (own?.digest === digest) continue
    throw broken(
      store.name,
      name,
      own === undefined
        ? `it lacks record ${sequence}, which stands at ${location}`
        : `its record ${sequence} is not the one that stands at ${location}`,
    )
  }
}
