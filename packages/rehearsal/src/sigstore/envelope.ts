/** A DSSE envelope as clients post it. */
export interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly { readonly sig: string }[]
}

/** What is signed: PAE (secure-systems-lab/dsse, protocol.md); lengths are of bytes. */
export function signedBytes({ payloadType, payload }: Envelope): Buffer {
  const body = Buffer.from(payload, 'base64')
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `
  return Buffer.concat([Buffer.from(head), body])
}
