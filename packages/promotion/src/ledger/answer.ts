import { type ConfigSource, loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import { type SignedBy, signingSection } from '@sluice/evidence'
import { environmentOf } from '../environment.js'
import { resolveSigners } from '../policy/trust.js'
import { environmentsSection } from '../section.js'
import { type Edge, openLedger } from '../stage.js'
import { type Served, servedAt } from './history.js'
import { type Ledger, readLedger, type VerifiedRecord } from './ledger.js'

/** What an environment's ledger says: its verified records, and what served. */
export interface LedgerAnswer {
  readonly ledger: Ledger
  readonly at: Date
  readonly served: Served | undefined
}

export interface LedgerQuestion {
  readonly environment: string
  readonly at: Date
  /** The configuration file. */
  readonly config: string
  /** A folder, or `oci://registry/name`, in place of that of the configuration. */
  readonly place?: string | undefined
  /** File of the public key whose records count, in place of `recordsSignedBy`. */
  readonly key?: string | undefined
}

type LedgerEdge = Edge & { readonly workspace: ConfigSource }

/**
 * Reads and verifies an environment's ledger, and finds what served.
 * @throws SluiceError LEDGER_EMPTY, LEDGER_BROKEN
 */
export async function answerOf(question: LedgerQuestion, edge: LedgerEdge): Promise<LedgerAnswer> {
  const { at, environment } = question
  const { place, trusted } = await placeOf(question, edge)
  const store = await openLedger(place, edge)
  const ledger = await readLedger(store, environment, trusted)
  if (ledger.records.length === 0) {
    throw new SluiceError('LEDGER_EMPTY', `${store.name} holds no record of \`${environment}\`.`, {
      remedy:
        'Check the place of the ledger and the name of the environment; the first promotion writes the first record.',
    })
  }
  return { ledger, at, served: servedAt(ledger, at) }
}

async function placeOf(
  { config, environment: name, key, place }: LedgerQuestion,
  { workspace }: LedgerEdge,
): Promise<{ readonly place: string; readonly trusted: readonly SignedBy[] }> {
  const environment =
    place !== undefined && key !== undefined
      ? undefined
      : environmentOf(await loadSection(workspace, config, environmentsSection), name)
  const signers = key === undefined ? environment!.recordsSignedBy : [{ key }]
  const identities = signers.some((signer) => 'identity' in signer)
  const { trustedRoot } = identities ? await loadSection(workspace, config, signingSection) : {}
  return {
    place: place ?? environment!.ledger,
    trusted: await resolveSigners(signers, { source: workspace, trustedRoot }),
  }
}

/** The answer for a program, and for the report page. Pure. */
export function ledgerJson({ at, ledger, served }: LedgerAnswer): string {
  const entry = ({ kind, subject, predicate, digest, signer, location }: VerifiedRecord) => ({
    kind,
    subject,
    digest,
    signer,
    location,
    predicate,
  })
  const value = {
    environment: ledger.environment,
    at: at.toISOString(),
    serving: served?.subject ?? null,
    since: served ? entry(served.since) : null,
    record: served ? entry(served.record) : null,
    admitted: served?.admitted ? entry(served.admitted) : null,
    records: ledger.records.map(entry),
  }
  return `${JSON.stringify(value, null, 2)}\n`
}
