import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorityOf } from './authority.js'
import { runProgram } from './peers.js'

/** A timestamp authority whose answers are made by `openssl ts`, which shares no code with Sigstore's. */
export interface OpensslTsa extends AsyncDisposable {
  /** Where timestamps are asked for, in full. */
  readonly url: string
  /** Its certificate, then its authority's; PEM. */
  readonly chain: string
  /** Its authority's certificate, PEM. */
  readonly authority: string
}

const CONFIG = `[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
`

/** Starts it on loopback, for as long as it is not disposed of. */
export async function startOpensslTsa(organisation = 'Sluice timestamps'): Promise<OpensslTsa> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tsa-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const openssl = (...args: string[]) => runProgram('openssl', args, folder)
  const authority = await authorityOf(folder, organisation)
  const leaf = await authority.issue('/O=Sluice timestamps/CN=clock', [
    'extendedKeyUsage=critical,timeStamping',
    'keyUsage=critical,digitalSignature',
  ])
  await writeFile(join(folder, 'tsa.pem'), leaf.certificate)
  await writeFile(join(folder, 'tsa.key'), leaf.key, { mode: 0o600 })
  await writeFile(join(folder, 'tsa.cnf'), CONFIG)
  await writeFile(join(folder, 'serial'), '01')

  // One after the other, for `serial` is a file.
  let queue: Promise<unknown> = Promise.resolve()
  let count = 0
  const answer = async (query: Buffer): Promise<Buffer> => {
    const name = `${++count}`
    await writeFile(join(folder, `${name}.tsq`), query)
    const files = ['-queryfile', `${name}.tsq`, '-out', `${name}.tsr`]
    await openssl('ts', '-reply', '-config', 'tsa.cnf', ...files)
    return readFile(join(folder, `${name}.tsr`))
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const turn = queue.then(() => answer(Buffer.concat(chunks)))
    queue = turn.catch(() => {})
    await turn.then(
      (reply) => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(reply),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  const running = stack.move()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/timestamp`,
    chain: `${leaf.certificate}${authority.certificate}`,
    authority: authority.certificate,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
