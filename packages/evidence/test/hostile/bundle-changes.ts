import type { EvidenceCode } from '../../src/index.js'
import type { Chooser } from './chooser.js'
import { objectsIn, write } from './json-text.js'
import { ENCODINGS, negated } from './signature-forms.js'
import { KINDS, type Kind } from './signings.js'

/** A bundle as parsed JSON, to be changed in ways that its type forbids. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Json = any

/** What a change may draw on besides the bundle. */
export interface Material {
  /** By the same signer, about another directory. */
  readonly other: Json
  /** By another signer of the same kind, about the same directory. */
  readonly strangers: Json
  readonly choose: Chooser
}

/** Why a bundle is refused: one code, or any of some where it depends on which part was hit. */
export type Refused = EvidenceCode | readonly EvidenceCode[]

/** Why a change carries no meaning, so that the bundle still says what it said. */
export interface Meaningless {
  readonly because: string
}

export interface BundleChange {
  readonly what: string
  /** Changes the bundle; where it gives a text, that is stored in its place. */
  change(bundle: Json, material: Material): unknown
  /** What becomes of it, by how it was signed; a kind that is not named has nothing to change. */
  readonly outcome: Partial<Record<Kind, Refused | Meaningless>>
}

const MALFORMED = 'EVIDENCE_MALFORMED'
const SIGNATURE = 'EVIDENCE_SIGNATURE_INVALID'
const LOG = 'EVIDENCE_LOG_INVALID'
const LOG_MISSING = 'EVIDENCE_LOG_MISSING'
const MISMATCH = 'EVIDENCE_LOG_MISMATCH'
const STAMP = 'EVIDENCE_TIMESTAMP_INVALID'
const NO_STAMP = 'EVIDENCE_TIMESTAMP_MISSING'
const CERTIFICATE = 'EVIDENCE_CERTIFICATE'
const EXPIRED = 'EVIDENCE_CERTIFICATE_EXPIRED'

const KEYLESS = ['keyless', 'logged', 'tiles'] as const
const LOG_V1 = ['keyless', 'logged'] as const
const PKI = ['pki', 'stamped'] as const
const STAMPED = ['stamped', 'keyless', 'tiles'] as const
const CERTIFIED = [...PKI, ...KEYLESS] as const

function each(kinds: readonly Kind[], outcome: Refused | Meaningless): BundleChange['outcome'] {
  return Object.fromEntries(kinds.map((kind) => [kind, outcome]))
}
const all = (outcome: Refused | Meaningless) => each(KINDS, outcome)
/** What signed bytes that changed are refused for: the log is looked at before the signature. */
const unsigned = { ...each(['key', ...PKI], SIGNATURE), ...each(KEYLESS, MISMATCH) }
/** As `unsigned`, of the signature itself, which timestamps are of. */
const unsignedSignature = {
  ...each(['key', ...PKI], SIGNATURE),
  ...each(['keyless', 'tiles'], STAMP),
  logged: MISMATCH,
} as const

const flipped = (base64: string, choose: Chooser): string => {
  const bytes = Buffer.from(base64, 'base64')
  const at = choose.below(bytes.length)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << choose.below(8))
  return bytes.toString('base64')
}
const material = (bundle: Json) => bundle.verificationMaterial
const envelope = (bundle: Json) => bundle.dsseEnvelope
const entry = (bundle: Json) => material(bundle).tlogEntries?.[0]
const proof = (bundle: Json) => entry(bundle).inclusionProof
const stamps = (bundle: Json) => material(bundle).timestampVerificationData.rfc3161Timestamps
const signature = (bundle: Json) => Buffer.from(envelope(bundle).signatures[0].sig, 'base64')
const setSignature = (bundle: Json, sig: Buffer) => {
  envelope(bundle).signatures[0].sig = sig.toString('base64')
}
const statement = (bundle: Json) => JSON.parse(Buffer.from(envelope(bundle).payload, 'base64').toString())
const setPayload = (bundle: Json, text: string) => {
  envelope(bundle).payload = Buffer.from(text).toString('base64')
}
const certificates = (bundle: Json) =>
  material(bundle).x509CertificateChain?.certificates ?? [material(bundle).certificate]

/** Every place of a base64 text in a bundle that is read. */
function base64Places(bundle: Json): [Json, string][] {
  const places: [Json, string][] = [
    [envelope(bundle), 'payload'],
    [envelope(bundle).signatures[0], 'sig'],
  ]
  if (!material(bundle).publicKey)
    for (const certificate of certificates(bundle)) places.push([certificate, 'rawBytes'])
  for (const one of material(bundle).tlogEntries ?? []) {
    places.push([one, 'canonicalizedBody'], [one.logId, 'keyId'], [one.inclusionProof, 'rootHash'])
    if (one.inclusionPromise) places.push([one.inclusionPromise, 'signedEntryTimestamp'])
    for (const at of one.inclusionProof.hashes.keys()) places.push([one.inclusionProof.hashes, at])
  }
  if (material(bundle).timestampVerificationData)
    for (const one of stamps(bundle)) places.push([one, 'signedTimestamp'])
  return places
}

/** An entry that is not of this signature; its time, which is looked at first, may be one when the certificate did not hold, or that is there already. */
const strangersEntry = each(KEYLESS, [MISMATCH, EXPIRED, STAMP])

const unread = { because: 'it is not read' }

export const BUNDLE_CHANGES: readonly BundleChange[] = [
  // What is signed.
  {
    what: 'a bit of the payload is flipped',
    change(bundle, { choose }) {
      envelope(bundle).payload = flipped(envelope(bundle).payload, choose)
    },
    outcome: unsigned,
  },
  {
    what: 'the payload is written anew, the same as JSON',
    change: (bundle) => setPayload(bundle, JSON.stringify(statement(bundle), undefined, 1)),
    outcome: unsigned,
  },
  {
    what: 'the manifest is in another order',
    change(bundle, { choose }) {
      const about = statement(bundle)
      const { resources } = about.predicate
      resources.push(...resources.splice(0, 1 + choose.below(resources.length - 1)))
      setPayload(bundle, JSON.stringify(about))
    },
    outcome: unsigned,
  },
  {
    what: 'two names of the manifest are swapped, which keeps its root',
    change(bundle, { choose }) {
      const about = statement(bundle)
      const { resources } = about.predicate
      const at = choose.below(resources.length - 1)
      const [one, next] = [resources[at], resources[at + 1]]
      ;[one.name, next.name] = [next.name, one.name]
      setPayload(bundle, JSON.stringify(about))
    },
    outcome: unsigned,
  },
  {
    what: 'a member of the payload stands twice',
    change(bundle, { choose }) {
      const about = statement(bundle)
      const place = choose.below(objectsIn(about))
      const members = (value: object, at: number): [string, unknown][] => {
        const entries = Object.entries(value)
        return at === place && entries.length > 0 ? [...entries, choose.of(entries)] : entries
      }
      // An object of no members has none to repeat; the statement itself has.
      const text = write(about, { members })
      setPayload(
        bundle,
        text === JSON.stringify(about)
          ? write(about, { members: (value) => [...Object.entries(value), ...Object.entries(value)] })
          : text,
      )
    },
    outcome: unsigned,
  },
  {
    what: 'the payload is of another directory, by the same signer',
    change(bundle, { other }) {
      envelope(bundle).payload = envelope(other).payload
    },
    outcome: unsigned,
  },
  {
    what: 'the envelope is of another directory, by the same signer',
    change(bundle, { other }) {
      bundle.dsseEnvelope = envelope(other)
    },
    outcome: {
      ...each(['key', 'pki'], 'EVIDENCE_SUBJECT_MISMATCH'),
      ...each(STAMPED, STAMP),
      logged: MISMATCH,
    },
  },
  {
    what: 'the whole bundle is of another directory, by the same signer',
    change: (_bundle, { other }) => JSON.stringify(other),
    outcome: all('EVIDENCE_SUBJECT_MISMATCH'),
  },
  {
    what: 'the whole bundle is by another signer',
    change: (_bundle, { strangers }) => JSON.stringify(strangers),
    outcome: { key: SIGNATURE, ...each(CERTIFIED, 'EVIDENCE_IDENTITY_MISMATCH') },
  },
  {
    what: 'the payload type is another',
    change(bundle, { choose }) {
      envelope(bundle).payloadType = choose.of([
        'application/vnd.in-toto+json ',
        'application/json',
        'APPLICATION/VND.IN-TOTO+JSON',
        'application/vnd.in-toto+json;v=1',
        '',
      ])
    },
    outcome: all('EVIDENCE_PAYLOAD_TYPE'),
  },
  // The signature.
  {
    what: 'a bit of the signature is flipped',
    change(bundle, { choose }) {
      envelope(bundle).signatures[0].sig = flipped(envelope(bundle).signatures[0].sig, choose)
    },
    outcome: { ...unsignedSignature, stamped: SIGNATURE },
  },
  {
    what: 'the signature is in another encoding',
    change: (bundle, { choose }) =>
      setSignature(bundle, choose.of(Object.values(ENCODINGS))(signature(bundle))),
    outcome: unsignedSignature,
  },
  {
    what: 'the signature is the other solution of its equation',
    change: (bundle) => setSignature(bundle, negated(signature(bundle))),
    outcome: {
      ...each(['key', 'pki'], {
        because:
          'it verifies, by the same key over the same payload; nothing is decided by the bytes of a signature that nobody else vouches for',
      }),
      ...each(STAMPED, STAMP),
      logged: MISMATCH,
    },
  },
  {
    what: 'the signature is of another directory, by the same signer',
    change(bundle, { other }) {
      envelope(bundle).signatures = envelope(other).signatures
    },
    outcome: unsignedSignature,
  },
  {
    what: 'the signature is by another signer',
    change(bundle, { strangers }) {
      envelope(bundle).signatures = envelope(strangers).signatures
    },
    outcome: unsignedSignature,
  },
  {
    what: 'a signature is added',
    change(bundle, { strangers, choose }) {
      const [more] = choose.of([bundle, strangers]).dsseEnvelope.signatures
      if (choose.below(2) === 0) envelope(bundle).signatures.push(more)
      else envelope(bundle).signatures.unshift(more)
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'the signature is removed',
    change(bundle, { choose }) {
      envelope(bundle).signatures = choose.of([[], undefined, null, [{}], [{ sig: '' }]])
    },
    outcome: all(MALFORMED),
  },
  // The form.
  {
    what: 'the bundle is cut',
    change(bundle, { choose }) {
      const text = JSON.stringify(bundle)
      return text.slice(0, choose.below(text.length))
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'a member of the bundle stands twice',
    change(bundle, { other, choose }) {
      const place = choose.below(objectsIn(bundle))
      const same = choose.below(2) === 0
      let at = -1
      const others: object[] = []
      write(other, {
        members(value) {
          others.push(value)
          return Object.entries(value)
        },
      })
      return write(bundle, {
        members(value) {
          at++
          const entries = Object.entries(value)
          const [name, member] = entries.length === 0 ? ['x', 1] : choose.of(entries)
          const twin = same ? member : ((others[at] as Json)?.[name] ?? member)
          if (at !== place) return entries
          if (entries.length === 0)
            return [
              ['x', 1],
              ['x', 1],
            ]
          return choose.below(2) === 0 ? [...entries, [name, twin]] : [[name, twin], ...entries]
        },
      })
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'a required member is removed',
    change(bundle, { choose }) {
      const [from, name] = choose.of([
        [bundle, 'mediaType'],
        [bundle, 'verificationMaterial'],
        [bundle, 'dsseEnvelope'],
        [envelope(bundle), 'payload'],
        [envelope(bundle), 'payloadType'],
        [envelope(bundle), 'signatures'],
      ] as [Json, string][])
      delete from[name]
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'the bundle calls itself of another version that is read',
    change(bundle, { choose }) {
      const versions = entry(bundle)?.inclusionPromise ? ['0.1', '0.2', '0.3'] : ['0.2', '0.3']
      bundle.mediaType = `application/vnd.dev.sigstore.bundle+json;version=${choose.of(versions)}`
    },
    outcome: all({
      because:
        'the version is the signer’s word and decides nothing; what is demanded follows from the trust root',
    }),
  },
  {
    what: 'the bundle calls itself of the first version, which has promises only',
    change(bundle) {
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
    },
    outcome: { tiles: MALFORMED },
  },
  {
    what: 'the bundle calls itself of the first version and has no proof of inclusion',
    change(bundle) {
      bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
      delete entry(bundle).inclusionProof
    },
    outcome: { ...each(LOG_V1, LOG_MISSING), tiles: MALFORMED },
  },
  {
    what: 'the bundle calls itself something else',
    change(bundle, { choose }) {
      bundle.mediaType = choose.of([
        'application/vnd.dev.sigstore.bundle.v0.4+json',
        'application/vnd.dev.sigstore.bundle+json;version=0.30',
        `${bundle.mediaType}x`,
        ` ${bundle.mediaType}`,
        '',
        3,
        null,
      ])
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'a part is in another base64',
    change(bundle, { choose }) {
      const [from, name] = choose.of(base64Places(bundle))
      const text: string = from[name]
      const forms = [
        `${text}\n`,
        ` ${text}`,
        `${text.slice(0, 4)}\r\n${text.slice(4)}`,
        `${text}=`,
        `${text}====`,
        `${text.slice(0, -1)}\u0000`,
      ]
      const url = text.replaceAll('+', '-').replaceAll('/', '_')
      if (url !== text) forms.push(url)
      if (text.endsWith('=')) forms.push(text.replaceAll('=', ''), withStrayBits(text))
      from[name] = choose.of(forms)
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'a bare signature stands beside the envelope',
    change(bundle, { choose }) {
      bundle.messageSignature = choose.of([
        {},
        { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' },
        'x',
        1,
        [],
        false,
      ])
    },
    outcome: all('EVIDENCE_UNSUPPORTED'),
  },
  {
    what: 'white space is added between its tokens',
    change: (bundle, { choose }) =>
      `${write(bundle, { space: () => choose.of([' ', '\n', '\t', '\r', '']) })} `,
    outcome: all({ because: 'it is the same JSON' }),
  },
  {
    what: 'a member is added that is not read',
    change(bundle, { choose }) {
      choose.of([bundle, material(bundle), envelope(bundle), envelope(bundle).signatures[0]])['more'] =
        choose.of([null, 1, { payload: 'x' }, [[]]])
    },
    outcome: all(unread),
  },
  {
    what: 'the key id is another',
    change(bundle, { choose }) {
      envelope(bundle).signatures[0].keyid = choose.of(['x', 'sha256:abc', null])
    },
    outcome: all({ because: 'it is unsigned, and no key is chosen by it' }),
  },
  // Who signed.
  {
    what: 'the hint of the key is another',
    change(bundle, { choose }) {
      material(bundle).publicKey = choose.of([
        {},
        { hint: '' },
        { hint: 'x' },
        { hint: 'x', rawBytes: 'AAAA' },
      ])
    },
    outcome: { key: { because: 'the key is the one that the reader names' } },
  },
  {
    what: 'another kind of key stands beside it',
    change(bundle, { choose }) {
      const kinds = {
        publicKey: { hint: 'x' },
        certificate: { rawBytes: 'AAAA' },
        x509CertificateChain: { certificates: [{ rawBytes: 'AAAA' }] },
      }
      const absent = Object.entries(kinds).filter(([name]) => !(name in material(bundle)))
      const [name, value] = choose.of(absent)
      material(bundle)[name] = value
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'a bare key stands in place of the certificate',
    change(bundle) {
      delete material(bundle).certificate
      delete material(bundle).x509CertificateChain
      material(bundle).publicKey = { hint: 'x' }
    },
    outcome: each(CERTIFIED, 'EVIDENCE_KEY_KIND'),
  },
  {
    what: 'a certificate stands in place of the key',
    change(bundle) {
      delete material(bundle).publicKey
      material(bundle).certificate = { rawBytes: 'AAAA' }
    },
    outcome: { key: 'EVIDENCE_KEY_KIND' },
  },
  {
    what: 'there is neither key nor certificate',
    change(bundle) {
      for (const name of ['publicKey', 'certificate', 'x509CertificateChain']) delete material(bundle)[name]
    },
    outcome: all(MALFORMED),
  },
  {
    what: 'the certificate is of another signer',
    change(bundle, { strangers }) {
      certificates(bundle)[0].rawBytes = certificates(strangers)[0].rawBytes
    },
    outcome: {
      ...each(PKI, SIGNATURE),
      // It may have been issued in the second after.
      ...each(KEYLESS, [SIGNATURE, EXPIRED]),
    },
  },
  {
    what: 'the certificate is cut',
    change(bundle, { choose }) {
      const der = Buffer.from(certificates(bundle)[0].rawBytes, 'base64')
      certificates(bundle)[0].rawBytes = der.subarray(0, choose.below(der.length)).toString('base64')
    },
    outcome: each(CERTIFIED, MALFORMED),
  },
  {
    what: 'the certificate has bytes after it',
    change(bundle, { choose }) {
      const der = Buffer.from(certificates(bundle)[0].rawBytes, 'base64')
      certificates(bundle)[0].rawBytes = Buffer.concat([der, Buffer.alloc(1 + choose.below(8))]).toString(
        'base64',
      )
    },
    outcome: each(CERTIFIED, MALFORMED),
  },
  {
    what: 'the authority between is missing',
    change: (bundle) => void certificates(bundle).splice(1),
    outcome: each(PKI, CERTIFICATE),
  },
  {
    what: 'the authority between is another',
    change(bundle, { strangers, choose }) {
      certificates(bundle)[1].rawBytes = choose.of([
        certificates(bundle)[0],
        certificates(strangers)[0],
      ]).rawBytes
    },
    outcome: each(PKI, CERTIFICATE),
  },
  {
    what: 'the chain is in another order',
    change: (bundle) => void certificates(bundle).reverse(),
    outcome: each(PKI, SIGNATURE),
  },
  {
    what: 'a certificate is added to the chain',
    change(bundle, { strangers }) {
      certificates(bundle).push(certificates(strangers)[0])
    },
    outcome: each(PKI, {
      because: 'what leads to no trusted certificate is left aside, as RFC 5280 lets a path be chosen',
    }),
  },
  {
    what: 'the chain has too many certificates',
    change(bundle) {
      for (let more = certificates(bundle).length; more <= 10; more++)
        certificates(bundle).push(certificates(bundle)[1])
    },
    outcome: each(PKI, MALFORMED),
  },
  // The log.
  {
    what: 'the log entry is removed',
    change(bundle, { choose }) {
      const left = choose.of([[], null, undefined])
      if (left === undefined) delete material(bundle).tlogEntries
      else material(bundle).tlogEntries = left
    },
    outcome: each(KEYLESS, LOG_MISSING),
  },
  {
    what: 'the log entry is of another signature by the same signer',
    change(bundle, { other }) {
      material(bundle).tlogEntries = material(other).tlogEntries
    },
    outcome: strangersEntry,
  },
  {
    what: 'the log entry is of the same statement by another signer',
    change(bundle, { strangers }) {
      material(bundle).tlogEntries = material(strangers).tlogEntries
    },
    outcome: strangersEntry,
  },
  {
    what: 'the log entry stands twice',
    change(bundle) {
      material(bundle).tlogEntries.push(structuredClone(entry(bundle)))
    },
    outcome: { ...each(LOG_V1, STAMP), tiles: LOG },
  },
  {
    what: 'a log entry of another signature stands beside it',
    change(bundle, { other, choose }) {
      if (choose.below(2) === 0) material(bundle).tlogEntries.push(entry(other))
      else material(bundle).tlogEntries.unshift(entry(other))
    },
    outcome: strangersEntry,
  },
  {
    what: 'a bit of the log entry is flipped',
    change(bundle, { choose }) {
      entry(bundle).canonicalizedBody = flipped(entry(bundle).canonicalizedBody, choose)
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the log entry has another index',
    change(bundle, { choose }) {
      entry(bundle).logIndex = String(Number(entry(bundle).logIndex ?? 0) + 1 + choose.below(1000))
    },
    outcome: {
      ...each(LOG_V1, LOG),
      tiles: {
        because:
          'version 2 of the log vouches for the index in its proof alone, which is the one that counts',
      },
    },
  },
  {
    what: 'the log entry has another time',
    change(bundle, { choose }) {
      entry(bundle).integratedTime = String(
        Number(entry(bundle).integratedTime) + choose.of([1, -1]) * (1 + choose.below(60)),
      )
    },
    outcome: each(LOG_V1, [LOG, EXPIRED]),
  },
  {
    what: 'the log entry has a time that its log does not give',
    change(bundle, { choose }) {
      entry(bundle).integratedTime = String(1 + choose.below(2 ** 31))
    },
    outcome: { tiles: { because: 'a time without a promise is not believed; the timestamp’s is' } },
  },
  {
    what: 'the log entry is of another log',
    change(bundle, { choose }) {
      entry(bundle).logId.keyId = flipped(entry(bundle).logId.keyId, choose)
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the log entry names another kind',
    change(bundle, { choose }) {
      const kind = entry(bundle).kindVersion
      if (choose.below(2) === 0) kind.kind = choose.of(['intoto', 'rekord', '', '__proto__', 'toString'])
      else kind.version = choose.of(['0.0.3', '', '0.0.10', 'x'])
    },
    outcome: each(KEYLESS, MISMATCH),
  },
  {
    what: 'the log entry lacks a part',
    change(bundle, { choose }) {
      delete entry(bundle)[choose.of(['logId', 'kindVersion'])]
    },
    outcome: each(KEYLESS, MALFORMED),
  },
  {
    what: 'the proof of inclusion is removed',
    change: (bundle) => delete entry(bundle).inclusionProof,
    outcome: each(KEYLESS, MALFORMED),
  },
  {
    what: 'the promise of inclusion is removed',
    change: (bundle) => delete entry(bundle).inclusionPromise,
    outcome: {
      keyless: { because: 'the proof shows more than the promise, and the timestamp vouches for the time' },
      logged: NO_STAMP,
    },
  },
  {
    what: 'the promise of inclusion is of another entry',
    change(bundle, { other, choose }) {
      const promise = entry(other).inclusionPromise.signedEntryTimestamp
      entry(bundle).inclusionPromise.signedEntryTimestamp = choose.of([
        promise,
        flipped(entry(bundle).inclusionPromise.signedEntryTimestamp, choose),
      ])
    },
    outcome: each(LOG_V1, LOG),
  },
  {
    what: 'a promise of inclusion is made up',
    change(bundle, { choose }) {
      entry(bundle).inclusionPromise = {
        signedEntryTimestamp: choose.of(['', 'AAAA', envelope(bundle).signatures[0].sig]),
      }
      entry(bundle).integratedTime = String(Math.floor(Date.now() / 1000))
    },
    outcome: { tiles: LOG },
  },
  {
    what: 'the proof of inclusion is of another entry',
    change(bundle, { other }) {
      entry(bundle).inclusionProof = proof(other)
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the proof has another index',
    change(bundle, { choose }) {
      const index = Number(proof(bundle).logIndex ?? 0)
      proof(bundle).logIndex = String(index ^ (1 + choose.below(2 ** 10)))
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'a hash of the proof is changed, added or left out',
    change(bundle, { choose }) {
      const { hashes } = proof(bundle)
      const at = choose.below(hashes.length)
      const how = choose.below(3)
      if (how === 0) hashes[at] = flipped(hashes[at], choose)
      else if (how === 1) hashes.splice(at, 1)
      else hashes.splice(at, 0, hashes[at])
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the proof states another root or size',
    change(bundle, { choose }) {
      if (choose.below(2) === 0) proof(bundle).rootHash = flipped(proof(bundle).rootHash, choose)
      else proof(bundle).treeSize = String(Number(proof(bundle).treeSize) + 1 + choose.below(2 ** 20))
    },
    outcome: each(KEYLESS, {
      because:
        'root and size are taken from the signed checkpoint, as Rekor’s clients must; these are copies',
    }),
  },
  {
    what: 'the checkpoint is of another time of the log',
    change(bundle, { other }) {
      proof(bundle).checkpoint = proof(other).checkpoint
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'a line of the checkpoint is changed',
    change(bundle, { choose }) {
      const lines = proof(bundle).checkpoint.envelope.split('\n')
      const at = choose.below(3)
      lines[at] = choose.of(['', '1', 'evil.example', `${lines[at]} `, `${lines[at]}0`])
      proof(bundle).checkpoint.envelope = lines.join('\n')
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the signature of the checkpoint is changed',
    change(bundle, { choose }) {
      const { checkpoint } = proof(bundle)
      const at = checkpoint.envelope.lastIndexOf(' ') + 1
      const signed = checkpoint.envelope.slice(at, -1)
      checkpoint.envelope = `${checkpoint.envelope.slice(0, at)}${flipped(signed, choose)}\n`
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the checkpoint is signed by nobody',
    change(bundle, { choose }) {
      const { checkpoint } = proof(bundle)
      const [note] = checkpoint.envelope.split('\n\n')
      checkpoint.envelope = choose.of([
        note,
        `${note}\n\n`,
        `${note}\n\n\u2014 x AAAAAAAA\n`,
        `${note}\n\n\u2014 x\n`,
        '',
      ])
    },
    outcome: each(KEYLESS, LOG),
  },
  {
    what: 'the checkpoint is signed by somebody unknown too',
    change(bundle, { choose }) {
      proof(bundle).checkpoint.envelope +=
        `\u2014 witness.example ${Buffer.alloc(68, choose.below(256)).toString('base64')}\n`
    },
    outcome: each(KEYLESS, {
      because:
        'witnesses may sign a checkpoint besides its log (c2sp.org/tlog-witness); they are not counted',
    }),
  },
  // The time.
  {
    what: 'the timestamps are removed',
    change(bundle, { choose }) {
      material(bundle).timestampVerificationData = choose.of([undefined, null, {}, { rfc3161Timestamps: [] }])
    },
    outcome: {
      ...each(['stamped', 'tiles'], NO_STAMP),
      keyless: { because: 'the log’s promise vouches for the time too' },
    },
  },
  {
    what: 'the timestamp is of another signature',
    change(bundle, { other }) {
      material(bundle).timestampVerificationData = material(other).timestampVerificationData
    },
    outcome: each(STAMPED, STAMP),
  },
  {
    what: 'a timestamp of another signature stands beside it',
    change(bundle, { other }) {
      stamps(bundle).push(...stamps(other))
    },
    outcome: each(STAMPED, STAMP),
  },
  {
    what: 'the timestamp is cut',
    change(bundle, { choose }) {
      const der = Buffer.from(stamps(bundle)[0].signedTimestamp, 'base64')
      stamps(bundle)[0].signedTimestamp = der.subarray(0, choose.below(der.length)).toString('base64')
    },
    outcome: each(STAMPED, STAMP),
  },
  {
    what: 'the timestamp says another time',
    change(bundle, { choose }) {
      const der = Buffer.from(stamps(bundle)[0].signedTimestamp, 'base64')
      // A GeneralizedTime; the first digits of a year stand as `20`.
      const at = der.indexOf(Buffer.from('180f3230', 'hex')) + 2
      const digit = at + 4 + choose.below(10)
      der[digit] = 0x30 + (((der[digit] ?? 0) - 0x30 + 1 + choose.below(9)) % 10)
      stamps(bundle)[0].signedTimestamp = der.toString('base64')
    },
    outcome: { stamped: STAMP, ...each(['keyless', 'tiles'], [STAMP, MALFORMED]) },
  },
  {
    what: 'a timestamp is none',
    change(bundle, { choose }) {
      stamps(bundle)[0].signedTimestamp = choose.of(['', 'AAAA', envelope(bundle).payload])
    },
    outcome: each(STAMPED, STAMP),
  },
]

/** The same bytes by base64 that has bits set in the last character that stand for nothing. */
function withStrayBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const last = text.indexOf('=') - 1
  return text.slice(0, last) + (alphabet[alphabet.indexOf(text[last] ?? '') + 1] ?? '') + text.slice(last + 1)
}
