import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A mirror of the npm registry on this machine: hands archives on, or changes one byte of each. */
export interface NpmMirror extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly string[]
  spoil(on: boolean): void
}

const REGISTRY = 'https://registry.npmjs.org'

export async function startNpmMirror(): Promise<NpmMirror> {
  const asked: string[] = []
  const kept = new Map<string, Buffer>()
  let spoiled = false
  const server = createServer(async (request, response) => {
    const path = request.url!
    asked.push(path)
    try {
      const known = kept.get(path) ?? Buffer.from(await (await fetch(`${REGISTRY}${path}`)).arrayBuffer())
      kept.set(path, known)
      const sent = Buffer.from(known)
      if (spoiled) sent[sent.length >> 1]! ^= 1
      response.end(sent)
    } catch {
      response.writeHead(502).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    spoil(on) {
      spoiled = on
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Whether archives can be had at all. */
export async function npmRegistryAnswers(): Promise<boolean> {
  return fetch(`${REGISTRY}/detect-libc/-/detect-libc-2.1.2.tgz`, {
    method: 'HEAD',
    signal: AbortSignal.timeout(10_000),
  }).then(
    ({ ok }) => ok,
    () => false,
  )
}
