import { readTrustRoot, type TrustRoot } from '../verify/trust-root.js'
import type { LogService } from './service/log.js'
import { type ListedServices, readSigningConfig, readTrustConfig } from './signing-config.js'
import type { Witnesses } from './witnesses.js'

const PUBLIC_FULCIO = 'https://fulcio.sigstore.dev'
const PUBLIC_REKOR = 'https://rekor.sigstore.dev'
const FILE_LIMIT = 4 * 1024 * 1024

/** The services that one place names: the inputs of an action, or sluice.yaml. */
export interface ServiceSettings {
  readonly fulcioUrl?: string | undefined
  readonly rekorUrl?: string | undefined
  readonly rekorMajor?: 1 | 2 | undefined
  readonly tsaUrl?: string | undefined
  /** Path of a TrustedRoot. */
  readonly trustedRoot?: string | undefined
  /** Path of a SigningConfig. */
  readonly signingConfig?: string | undefined
  /** Path of a ClientTrustConfig, which is the two in one. */
  readonly trustConfig?: string | undefined
}

/** What signing may rely on. A list that is absent was named nowhere, an empty one is meant. */
export interface Services {
  readonly fulcioUrl: string | undefined
  readonly logs: readonly LogService[] | undefined
  readonly timestampAuthorities: readonly string[] | undefined
  readonly trustRoot: TrustRoot | undefined
}

/**
 * Finds each service in the first place that names it, by URL before by file.
 * @param places most important first
 * @param read reads a file of at most so many bytes
 * @throws SluiceError SIGNING_CONFIG_MALFORMED, SIGNING_CONFIG_UNMET, TRUST_ROOT_MALFORMED, and what `read` throws
 */
export async function readServices(
  places: readonly ServiceSettings[],
  read: (path: string, limit: number) => Promise<Uint8Array | string>,
  now: Date,
): Promise<Services> {
  const found = await Promise.all(places.map((place) => readPlace(place, read, now)))
  const first = <T>(of: (place: Found) => T | undefined) => found.map(of).find((one) => one !== undefined)
  const major = first(({ rekorMajor }) => rekorMajor) ?? 1
  const root = first(({ root }) => root)
  return {
    fulcioUrl: first(({ fulcioUrl, listed }) => fulcioUrl ?? listed?.fulcioUrl),
    logs: first(({ rekorUrl, listed }) =>
      rekorUrl === undefined ? listed?.logs : [{ url: rekorUrl, major }],
    ),
    timestampAuthorities: first(({ tsaUrl, listed }) =>
      tsaUrl === undefined ? listed?.timestampAuthorities : [tsaUrl],
    ),
    trustRoot: root === undefined ? undefined : await readTrustRoot(root),
  }
}

/** What a key is witnessed by: the services that were named, and no public ones. */
export function keyWitnesses({ logs = [], timestampAuthorities = [] }: Services): Witnesses {
  return { logs, timestampAuthorities }
}

/** What signing by identity uses: the public good Sigstore where no authority was named, and then its log. */
export function keylessServices(services: Services): {
  readonly fulcioUrl: string
  readonly witnesses: Witnesses
} {
  const { fulcioUrl = PUBLIC_FULCIO, timestampAuthorities = [] } = services
  const usual: readonly LogService[] = fulcioUrl === PUBLIC_FULCIO ? [{ url: PUBLIC_REKOR, major: 1 }] : []
  return { fulcioUrl, witnesses: { logs: services.logs ?? usual, timestampAuthorities } }
}

interface Found extends ServiceSettings {
  readonly listed: ListedServices | undefined
  /** TrustedRoot in JSON. */
  readonly root: Uint8Array | string | undefined
}

async function readPlace(
  place: ServiceSettings,
  read: (path: string, limit: number) => Promise<Uint8Array | string>,
  now: Date,
): Promise<Found> {
  const file = (path: string | undefined) => (path === undefined ? undefined : read(path, FILE_LIMIT))
  const trust = await file(place.trustConfig)
  const both = trust === undefined ? undefined : readTrustConfig(trust)
  const config = (await file(place.signingConfig)) ?? both?.signingConfig
  return {
    ...place,
    listed: config === undefined ? undefined : readSigningConfig(config, now),
    root: (await file(place.trustedRoot)) ?? both?.trustedRoot,
  }
}
