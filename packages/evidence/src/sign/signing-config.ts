import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { describeIssue } from '../bundle/issue.js'
import { parseStrictJson } from '../bundle/strict-json.js'
import type { LogService } from './service/log.js'

const SIGNING_CONFIG_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'
const TRUST_CONFIG_TYPE = 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json'
const SERVICES_LIMIT = 100

/** Major versions of each service's API that are spoken here. */
const SUPPORTED = { authority: [1], log: [1, 2], timestamp: [1] } as const

const time = v.pipe(v.string(), v.isoTimestamp())
const service = v.looseObject({
  url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/, 'expected a URL')),
  majorApiVersion: v.optional(v.pipe(v.number(), v.integer()), 0),
  // Stricter than the format: a missing start would mean "since ever".
  validFor: v.looseObject({ start: time, end: v.nullish(time) }),
  operator: v.optional(v.string(), ''),
})
const services = v.optional(v.pipe(v.array(service), v.maxLength(SERVICES_LIMIT)), [])
const rule = v.optional(
  v.looseObject({
    selector: v.optional(v.picklist(['ALL', 'ANY', 'EXACT', 'SERVICE_SELECTOR_UNDEFINED'])),
    count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  {},
)
const signingConfig = v.looseObject({
  mediaType: v.literal(SIGNING_CONFIG_TYPE),
  caUrls: services,
  rekorTlogUrls: services,
  rekorTlogConfig: rule,
  tsaUrls: services,
  tsaConfig: rule,
})
const trustConfig = v.looseObject({
  mediaType: v.literal(TRUST_CONFIG_TYPE),
  trustedRoot: v.looseObject({}),
  signingConfig: v.looseObject({}),
})

type Service = v.InferOutput<typeof service>
type Rule = v.InferOutput<typeof rule>

/** The services to sign with. */
export interface ListedServices {
  readonly fulcioUrl: string | undefined
  readonly logs: readonly LogService[]
  /** Full URLs. */
  readonly timestampAuthorities: readonly string[]
}

/**
 * Reads a SigningConfig (sigstore/protobuf-specs, sigstore_trustroot.proto; JSON, v0.2) and chooses the services that it
 * has for now: those within their period, of each operator the one with the highest version that is spoken here and
 * then the newest, and of these as many as its rules ask for.
 * @throws SluiceError SIGNING_CONFIG_MALFORMED; SIGNING_CONFIG_UNMET when it has fewer services than it asks for
 */
export function readSigningConfig(data: Uint8Array | string, now: Date): ListedServices {
  const config = read(signingConfig, parse(data), 'The SigningConfig')
  const logs = choose(config.rekorTlogUrls, SUPPORTED.log, config.rekorTlogConfig, 'transparency log', now)
  return {
    // Certificates come from one authority, so its rule is always "any".
    fulcioUrl: choose(config.caUrls, SUPPORTED.authority, {}, 'certificate authority', now)[0]?.url,
    logs: logs.map(({ url, majorApiVersion }) => ({ url, major: majorApiVersion === 2 ? 2 : 1 })),
    timestampAuthorities: choose(
      config.tsaUrls,
      SUPPORTED.timestamp,
      config.tsaConfig,
      'timestamp authority',
      now,
    ).map(({ url }) => url),
  }
}

/**
 * Takes a ClientTrustConfig (v0.1) apart.
 * @returns TrustedRoot and SigningConfig in JSON
 * @throws SluiceError SIGNING_CONFIG_MALFORMED
 */
export function readTrustConfig(data: Uint8Array | string): {
  readonly trustedRoot: string
  readonly signingConfig: string
} {
  const config = read(trustConfig, parse(data), 'The ClientTrustConfig')
  return {
    trustedRoot: JSON.stringify(config.trustedRoot),
    signingConfig: JSON.stringify(config.signingConfig),
  }
}

function choose(
  listed: readonly Service[],
  versions: readonly number[],
  { selector = 'ANY', count = 1 }: Rule,
  what: string,
  now: Date,
): readonly Service[] {
  const best = new Map<string, Service>()
  const usable = listed
    .filter(({ majorApiVersion, validFor }) => versions.includes(majorApiVersion) && holds(validFor, now))
    .toSorted((a, b) => b.majorApiVersion - a.majorApiVersion || startOf(b) - startOf(a))
  for (const one of usable) if (!best.has(one.operator)) best.set(one.operator, one)
  const chosen = [...best.values()]
  const wanted = selector === 'EXACT' ? count : Math.min(listed.length, 1)
  if (chosen.length < wanted) {
    throw new SluiceError(
      'SIGNING_CONFIG_UNMET',
      `The SigningConfig asks for ${wanted} ${what}${wanted === 1 ? '' : 's of different operators'}, and has ${chosen.length} for now.`,
      { remedy: 'Fetch the current SigningConfig of the Sigstore instance.' },
    )
  }
  return selector === 'ALL' ? chosen : chosen.slice(0, wanted)
}

function holds({ start, end }: Service['validFor'], now: Date): boolean {
  return new Date(start) <= now && (end == null || now <= new Date(end))
}

function startOf({ validFor }: Service): number {
  return Date.parse(validFor.start)
}

function parse(data: Uint8Array | string): unknown {
  try {
    return parseStrictJson(data, 'The file')
  } catch (cause) {
    throw malformed('it is not one unambiguous JSON document', cause)
  }
}

function read<T extends v.GenericSchema>(schema: T, value: unknown, what: string): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  throw malformed(`${what} is wrong ${describeIssue(result.issues[0])}`)
}

function malformed(why: string, cause?: unknown): SluiceError {
  return new SluiceError('SIGNING_CONFIG_MALFORMED', `The services cannot be read: ${why}.`, {
    remedy: 'Name a SigningConfig of v0.2 or a ClientTrustConfig in JSON, as the Sigstore instance gives it.',
    cause,
  })
}
