import type { TrustMaterial } from '@sigstore/verify'
import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { describeIssue } from '../bundle/issue.js'
import { parseStrictJson } from '../bundle/strict-json.js'
import { type Certificate, readCertificate } from '../certificate/certificate.js'
import {
  CODE_SIGNING,
  judgeAuthority,
  judgeSigner,
  judgeSoundness,
  PathFault,
  TIME_STAMPING,
} from '../certificate/path.js'

const TRUST_ROOT_LIMIT = 4 * 1024 * 1024
/** Parts of a certificate that a message quotes may be long. */
const MESSAGE_LIMIT = 1000
/** Logs or authorities of one kind; the public root has two. */
const COUNT_LIMIT = 64
const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
]

const time = v.pipe(v.string(), v.isoTimestamp())
const period = v.pipe(
  v.looseObject({ start: time, end: v.nullish(time) }),
  v.check(
    ({ start, end }) => typeof end !== 'string' || Date.parse(start) <= Date.parse(end),
    'expected a period that ends after it starts',
  ),
)
const list = <T extends v.GenericSchema>(item: T) =>
  v.optional(v.pipe(v.array(item), v.maxLength(COUNT_LIMIT)), [])
const id = v.looseObject({ keyId: v.pipe(v.string(), v.minLength(1)) })
const log = v.looseObject({
  baseUrl: v.string(),
  operator: v.optional(v.string()),
  publicKey: v.looseObject({ rawBytes: v.string(), validFor: period }),
  logId: v.nullish(id),
  checkpointKeyId: v.nullish(id),
})
const logs = v.pipe(
  list(log),
  v.check(
    (all) => new Set(all.map(idOf)).size === all.length && all.every((one) => idOf(one) !== ''),
    'expected logs with an id each, none of which stands twice',
  ),
)
const authority = v.looseObject({
  uri: v.optional(v.string(), ''),
  operator: v.optional(v.string()),
  certChain: v.object({
    certificates: v.pipe(v.array(v.object({ rawBytes: v.string() })), v.minLength(1), v.maxLength(10)),
  }),
  validFor: period,
})
const schema = v.pipe(
  v.looseObject({
    mediaType: v.picklist(MEDIA_TYPES),
    tlogs: logs,
    certificateAuthorities: list(authority),
    ctlogs: logs,
    timestampAuthorities: list(authority),
  }),
  v.check(
    (root) =>
      [root.tlogs, root.certificateAuthorities, root.timestampAuthorities].some((all) => all.length > 0),
    'expected a log or an authority; it names nobody',
  ),
)

/** A log of the root. Periods include both ends. */
export interface TrustedLog {
  readonly id: Buffer
  /** Logs and authorities of one operator count as one. */
  readonly operator: string
  readonly start: Date
  readonly end: Date | undefined
}

export interface TrustedAuthority {
  readonly chain: readonly Certificate[]
  readonly operator: string
  readonly start: Date
  readonly end: Date | undefined
}

/** Whom keyless signatures are traced to. What it names is also what it demands: see `demands`. */
export interface TrustRoot {
  /** `@sigstore/verify`'s form. */
  readonly material: TrustMaterial
  readonly logs: readonly TrustedLog[]
  readonly authorities: readonly TrustedAuthority[]
  readonly timestampAuthorities: readonly TrustedAuthority[]
  /**
   * A root with logs demands an entry in one, a root with certificate logs a certificate's promise of one;
   * so that nobody gets round a log by leaving its entry out.
   */
  readonly demands: { readonly log: boolean; readonly certificateLog: boolean }
}

/**
 * Reads a TrustedRoot (sigstore/protobuf-specs, sigstore_trustroot.proto; JSON, v0.1 and v0.2).
 * Stricter than the format: every period needs a start, since a missing one would mean "since ever"; ids of logs stand
 * once; authorities may issue certificates, and timestamp authorities are certified for timestamps alone.
 * @throws SluiceError TRUST_ROOT_MALFORMED
 */
export async function readTrustRoot(data: Uint8Array | string): Promise<TrustRoot> {
  if (data.length > TRUST_ROOT_LIMIT) throw malformed(`it has more than ${TRUST_ROOT_LIMIT} bytes`)
  let value: unknown
  try {
    value = parseStrictJson(data, 'The trust root')
  } catch (cause) {
    throw malformed('it is not one unambiguous JSON document', cause)
  }
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (!result.success) {
    throw malformed(describeIssue(result.issues[0]))
  }
  const root = result.output
  const { TrustedRoot } = await import('@sigstore/protobuf-specs')
  const { toTrustMaterial } = await import('@sigstore/verify')
  try {
    return {
      material: toTrustMaterial(TrustedRoot.fromJSON(value)),
      logs: root.tlogs.map((one) => ({
        id: Buffer.from(idOf(one), 'base64'),
        operator: operatorOf(one.operator, one.baseUrl),
        ...periodOf(one.publicKey.validFor),
      })),
      authorities: await Promise.all(root.certificateAuthorities.map(issuing)),
      timestampAuthorities: await Promise.all(root.timestampAuthorities.map(stamping)),
      demands: { log: root.tlogs.length > 0, certificateLog: root.ctlogs.length > 0 },
    }
  } catch (cause) {
    if (cause instanceof PathFault) throw malformed(cause.message, cause)
    throw malformed('a key or certificate in it cannot be read', cause)
  }
}

let embedded: Promise<TrustRoot> | undefined

/**
 * The root of the public Sigstore, as embedded in `@sigstore/tuf`; no network, and as old as the release of Sluice.
 * Read once a process.
 * @throws SluiceError TRUST_ROOT_MALFORMED
 */
export async function publicTrustRoot(): Promise<TrustRoot> {
  embedded ??= publicTrustRootBytes().then(readTrustRoot)
  return embedded
}

/** The same, as the JSON that `readTrustRoot` takes, to be handed on to whoever verifies elsewhere. */
export async function publicTrustRootBytes(): Promise<Uint8Array> {
  const { default: seeds } = await import('@sigstore/tuf/seeds.json', { with: { type: 'json' } })
  const { 'trusted_root.json': root } = seeds['https://tuf-repo-cdn.sigstore.dev'].targets
  return Buffer.from(root, 'base64')
}

/** Whether a moment is within a period of the root; both ends count (sigstore_common.proto, TimeRange). */
export function isWithin(at: Date, { start, end }: Pick<TrustedLog, 'start' | 'end'>): boolean {
  return start <= at && (end === undefined || at <= end)
}

async function issuing(one: v.InferOutput<typeof authority>): Promise<TrustedAuthority> {
  const chain = await readChain(one)
  chain.forEach((certificate, index) => {
    judgeAuthority(certificate, index, CODE_SIGNING)
    judgeSoundness(certificate)
  })
  return { chain, operator: operatorOf(one.operator, one.uri), ...periodOf(one.validFor) }
}

/** The first certificate of a timestamp authority's chain is the one that signs. */
async function stamping(one: v.InferOutput<typeof authority>): Promise<TrustedAuthority> {
  const chain = await readChain(one)
  chain.forEach((certificate, index) => {
    if (index === 0) judgeSigner(certificate, { purpose: TIME_STAMPING })
    else judgeAuthority(certificate, index - 1, TIME_STAMPING)
    judgeSoundness(certificate)
  })
  return { chain, operator: operatorOf(one.operator, one.uri), ...periodOf(one.validFor) }
}

async function readChain({ certChain }: v.InferOutput<typeof authority>): Promise<readonly Certificate[]> {
  return Promise.all(
    certChain.certificates.map(({ rawBytes }) => readCertificate(Buffer.from(rawBytes, 'base64'))),
  )
}

function periodOf({ start, end }: v.InferOutput<typeof period>): Pick<TrustedLog, 'start' | 'end'> {
  return { start: new Date(start), end: typeof end === 'string' ? new Date(end) : undefined }
}

/** Under which a checkpoint knows a log. */
function idOf({ checkpointKeyId, logId }: v.InferOutput<typeof log>): string {
  return checkpointKeyId?.keyId ?? logId?.keyId ?? ''
}

/**
 * Who runs a service. Roots before v0.2 do not say: then whoever holds the domain, by its last two labels, which puts
 * too many together rather than too few.
 */
function operatorOf(operator: string | undefined, url: string): string {
  if (operator !== undefined && operator !== '') return operator
  const host = URL.canParse(url) ? new URL(url).hostname : url
  return /^[\d.]+$|:/.test(host) ? host : host.split('.').slice(-2).join('.')
}

function malformed(why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'TRUST_ROOT_MALFORMED',
    `The trust root cannot be used: ${why.slice(0, MESSAGE_LIMIT)}.`,
    {
      remedy:
        'Name a TrustedRoot in JSON, as `cosign trusted-root create` or the Sigstore instance gives it.',
      cause,
    },
  )
}
