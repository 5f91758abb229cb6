/** The payload type of in-toto Statements in DSSE (in-toto/attestation spec/v1/envelope.md). */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/**
 * What a DSSE signature is over: `DSSEv1 SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in bytes
 * (secure-systems-lab/dsse protocol.md, "pre-authentication encoding").
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8')
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ])
}
