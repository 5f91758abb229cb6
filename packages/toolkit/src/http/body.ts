import { SluiceError } from '@sluice/errors'

/**
 * A response's body as UTF-8, read to at most `limit` bytes.
 * @throws SluiceError HTTP_BODY_TOO_LARGE
 */
export async function readText(response: Response, limit: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(response, limit))
}

/** As `readText`, as bytes. @throws SluiceError HTTP_BODY_TOO_LARGE */
export async function readBytes(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(response.url, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(url: string, limit: number): SluiceError {
  const host = URL.canParse(url) ? new URL(url).host : 'The server'
  return new SluiceError('HTTP_BODY_TOO_LARGE', `${host} sent more than the ${limit} bytes that are read.`, {
    remedy: 'Check that the address is the one that is meant.',
    kind: 'surroundings',
  })
}
