import type { KeyObject } from 'node:crypto'
import { ASN1Obj } from '@sigstore/core'
import { HttpFault, type Reply } from '../server/loopback.js'

const POLICY = '1.3.6.1.4.1.57264.2'

/** A timestamp authority; certificates in DER. */
export interface Authority {
  readonly certificate: Uint8Array
  readonly root: Uint8Array
  /**
   * @param request TimeStampReq in DER (RFC 3161), or Sigstore's own in JSON
   * @throws HttpFault 400
   */
  answer(request: Buffer, contentType: string): Promise<Reply>
}

/** Starts one by `@sigstore/mock`, which reads JSON alone, where nonces are numbers. */
export async function timestampAuthority(keys: {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}): Promise<Authority> {
  const { initializeTSA, tsaHandler } = await import('@sigstore/mock')
  const tsa = await initializeTSA(keys)
  // biome-ignore lint/suspicious/noExplicitAny: what is replaced is private to the mock.
  const inner = tsa as any
  const infoOf = inner.tstInfo.bind(tsa)
  // The mock writes milliseconds without trailing zeros, as DER asks, and `@sigstore/core` 4 reads none or three.
  inner.getCurrentTime = () => new Date(Math.floor(Date.now() / 1000) * 1000)
  inner.tstInfo = (request: TimestampRequest) => {
    const info = infoOf({ ...request, nonce: Number.isFinite(request.nonce) ? request.nonce : 0 })
    const { constructor: Integer } = info.nonce
    if (request.nonce instanceof Uint8Array) info.nonce = new Integer({ valueHex: request.nonce })
    return info
  }
  const handler = tsaHandler(tsa)
  const reply = (status: number, body: unknown): Reply =>
    typeof body === 'string'
      ? { status, body }
      : {
          status,
          headers: { 'content-type': 'application/timestamp-reply' },
          body: Buffer.from(body as Uint8Array),
        }
  return {
    certificate: tsa.intCertificate as Uint8Array,
    root: tsa.rootCertificate as Uint8Array,
    async answer(request, contentType) {
      if (contentType !== 'application/timestamp-query') {
        const { statusCode, response } = await handler.fn(request.toString())
        return reply(statusCode, response)
      }
      return reply(200, await inner.timestamp(parse(request)))
    },
  }
}

interface TimestampRequest {
  readonly artifactHash: Buffer
  readonly hashAlgorithmOID: string
  readonly nonce: Buffer | number
  readonly policyOID: string
  readonly certReq: boolean
}

/** TimeStampReq (RFC 3161 section 2.4.1): version, imprint, then the optional members by their tags. */
function parse(request: Buffer): TimestampRequest {
  try {
    const [, imprint, ...more] = ASN1Obj.parseBuffer(Buffer.from(request)).subs
    const [algorithm, digest] = imprint?.subs ?? []
    return {
      artifactHash: Buffer.from(digest?.value ?? ''),
      hashAlgorithmOID: algorithm?.subs[0]?.toOID() ?? '',
      nonce: Buffer.from(more.find(({ tag }) => tag.isInteger())?.value ?? Buffer.of(1)),
      policyOID: POLICY,
      certReq: more.find(({ tag }) => tag.isBoolean())?.toBoolean() ?? false,
    }
  } catch {
    throw new HttpFault(400, 'The request is no TimeStampReq')
  }
}
