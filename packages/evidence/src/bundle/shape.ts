import * as v from 'valibot'

/** What Sluice writes (sigstore/protobuf-specs, sigstore_bundle.proto). */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** What Sluice reads. The names are closed: a media type decides nothing but how members are called. */
const READABLE = [
  BUNDLE_MEDIA_TYPE,
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
]

const KiB = 1024

/**
 * How much of each part is read, bytes, so that no parser behind is given more than it does well with: those of
 * DER make an object of every two bytes and are quadratic in the length of an integer. Real parts are a tenth of it.
 */
export const LIMITS = {
  certificate: 32 * KiB,
  certificates: 10,
  timestamp: 64 * KiB,
  timestamps: 8,
  logEntry: 128 * KiB,
  logEntries: 8,
  checkpoint: 32 * KiB,
  /** A tree of 2⁶³ leaves has paths of 63. */
  proofHashes: 63,
  signature: 8 * KiB,
  keyId: 512,
} as const

const base64 = v.pipe(
  v.string(),
  v.check(
    (text) => Buffer.from(text, 'base64').toString('base64') === text,
    'expected base64 in its one canonical form',
  ),
)

function base64Within(limit: number) {
  // Four characters for three bytes, the last group padded.
  return v.pipe(v.string(), v.maxLength(Math.ceil(limit / 3) * 4, `expected at most ${limit} bytes`), base64)
}

/** A list whose length is judged before its items are. */
function listOf<Item extends v.GenericSchema>(item: Item, limit: number, least = 0) {
  return v.pipe(
    v.array(v.unknown()),
    v.minLength(least, `expected at least ${least}`),
    v.maxLength(limit, `expected at most ${limit}`),
    v.array(item),
  )
}

/** int64 of Protocol Buffers in JSON, none of them negative here. */
const count = v.nullish(
  v.union([v.pipe(v.string(), v.regex(/^\d{1,19}$/)), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
)

const certificate = v.object({ rawBytes: base64Within(LIMITS.certificate) })

const logEntry = v.object({
  logIndex: count,
  logId: v.nullish(v.object({ keyId: base64Within(64) })),
  kindVersion: v.nullish(
    v.object({ kind: v.pipe(v.string(), v.maxLength(64)), version: v.pipe(v.string(), v.maxLength(64)) }),
  ),
  // Later than the year 9999 is no time.
  integratedTime: v.nullish(
    v.union([
      v.pipe(v.string(), v.regex(/^\d{1,11}$/)),
      v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(253_402_300_799)),
    ]),
  ),
  inclusionPromise: v.nullish(v.object({ signedEntryTimestamp: base64Within(LIMITS.signature) })),
  inclusionProof: v.nullish(
    v.object({
      logIndex: count,
      rootHash: v.nullish(base64Within(64)),
      treeSize: count,
      hashes: v.nullish(listOf(base64Within(64), LIMITS.proofHashes)),
      checkpoint: v.nullish(v.object({ envelope: v.pipe(v.string(), v.maxLength(LIMITS.checkpoint)) })),
    }),
  ),
  canonicalizedBody: v.optional(base64Within(LIMITS.logEntry)),
})

/** Members that are not named here are not read, and reach no other parser either. */
export const bundleSchema = v.object({
  mediaType: v.picklist(READABLE),
  verificationMaterial: v.object({
    publicKey: v.optional(
      v.object({
        hint: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.keyId))),
        rawBytes: v.optional(base64Within(LIMITS.certificate)),
      }),
    ),
    certificate: v.optional(certificate),
    x509CertificateChain: v.optional(v.object({ certificates: listOf(certificate, LIMITS.certificates, 1) })),
    tlogEntries: v.nullish(listOf(logEntry, LIMITS.logEntries)),
    timestampVerificationData: v.nullish(
      v.object({
        rfc3161Timestamps: v.nullish(
          listOf(v.object({ signedTimestamp: base64Within(LIMITS.timestamp) }), LIMITS.timestamps),
        ),
      }),
    ),
  }),
  dsseEnvelope: v.object({
    payload: base64,
    payloadType: v.pipe(v.string(), v.maxLength(256)),
    signatures: v.pipe(
      v.array(v.unknown()),
      v.length(1, 'expected exactly one signature'),
      v.array(
        v.object({
          sig: v.pipe(base64Within(LIMITS.signature), v.minLength(1)),
          keyid: v.nullish(v.pipe(v.string(), v.maxLength(LIMITS.keyId))),
        }),
      ),
    ),
  }),
})

/** A Sigstore bundle as JSON, the members that Sluice writes and reads. */
export type SerializedBundle = v.InferOutput<typeof bundleSchema>
