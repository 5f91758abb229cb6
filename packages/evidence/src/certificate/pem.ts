import { SluiceError } from '@sluice/errors'
import { type Certificate, readCertificate } from './certificate.js'

const PEM_LIMIT = 1024 * 1024
const COUNT_LIMIT = 100
const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/**
 * Reads the certificates in a PEM file; text between them is passed over, as OpenSSL does.
 * @param what names the file in an error
 * @throws SluiceError VERIFY_AUTHORITY_UNREADABLE
 */
export async function readCertificates(pem: string, what: string): Promise<readonly Certificate[]> {
  if (pem.length > PEM_LIMIT) throw unreadable(what, `it has more than ${PEM_LIMIT} bytes`)
  const blocks = [...pem.matchAll(BLOCK)].map(([, text]) => Buffer.from(text ?? '', 'base64'))
  if (blocks.length === 0 || blocks.length > COUNT_LIMIT)
    throw unreadable(what, `it holds ${blocks.length} certificates; expected 1 to ${COUNT_LIMIT}`)
  try {
    return await Promise.all(blocks.map(readCertificate))
  } catch (cause) {
    throw unreadable(what, 'a certificate in it cannot be read', cause)
  }
}

/** Reads certificates that are to be trusted, each of which has to be an authority's. @throws SluiceError VERIFY_AUTHORITY_UNREADABLE */
export async function readAnchors(pem: string): Promise<readonly Certificate[]> {
  const what = 'The certificate authority'
  const anchors = await readCertificates(pem, what)
  for (const { authority, keyUsage, subjectName, notBefore, notAfter } of anchors) {
    if (authority === undefined || keyUsage?.certificateSigning === false)
      throw unreadable(what, `${JSON.stringify(subjectName).slice(0, 200)} in it is no authority`)
    if (notAfter < notBefore)
      throw unreadable(what, `${JSON.stringify(subjectName).slice(0, 200)} in it ends before it starts`)
  }
  return anchors
}

export function unreadable(what: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('VERIFY_AUTHORITY_UNREADABLE', `${what} cannot be used: ${why}.`, {
    remedy: 'Name a file with the certificates in PEM, `-----BEGIN CERTIFICATE-----`, roots among them.',
    cause,
  })
}
