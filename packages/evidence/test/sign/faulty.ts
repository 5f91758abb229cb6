import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong between a client and a service. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** Nothing is ever answered. */
  | { readonly kind: 'stall' }
  /** The service gets the request and does it; its answer never arrives. */
  | { readonly kind: 'drop' }
  /** The answer breaks off in the middle. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** The answer is another one. */
  | { readonly kind: 'tamper'; readonly with: (body: Buffer) => Buffer | string }

export interface FaultyService extends AsyncDisposable {
  readonly url: string
  /** Method and path of each request that came, and its body. */
  readonly requests: readonly { readonly what: string; readonly body: string }[]
}

/** Stands before a service and does it harm: each request takes the next fault, and none once they are used up. */
export async function faulty(target: string, faults: readonly Fault[]): Promise<FaultyService> {
  const requests: { what: string; body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const fault = faults[requests.length]
    requests.push({ what: `${request.method} ${request.url}`, body: body.toString('latin1') })
    if (fault?.kind === 'stall') return
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end(fault.body)
    if (fault?.kind === 'redirect') return void response.writeHead(307, { location: fault.to }).end()
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      ...(body.length > 0 ? { body } : {}),
    })
    await pass(answer, fault, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function pass(answer: Response, fault: Fault | undefined, response: ServerResponse): Promise<void> {
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (fault?.kind === 'drop') return void response.destroy()
  const body = fault?.kind === 'tamper' ? fault.with(bytes) : bytes
  const passed = ['location', 'x-log-index'].flatMap((name) => {
    const value = answer.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  response.writeHead(answer.status, Object.fromEntries(passed))
  if (fault?.kind !== 'truncate') return void response.end(body)
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
}
