import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWeightedProxy } from '@sluice/rehearsal'
import type { ModelServer } from './model-server.ts'

/** What stands before the model servers: HAProxy where it is installed, the rehearsal's own proxy elsewhere. */
export interface Balancer extends AsyncDisposable {
  readonly name: string
  readonly url: string
  readonly socket: string
}

export const BACKEND = 'flight-delays'

/** Starts it with all traffic on `stable`. */
export async function startBalancer(stable: ModelServer, canary: ModelServer): Promise<Balancer> {
  const program = haproxy()
  if (program !== undefined) return await startHaproxy(program, stable, canary)
  const proxy = await startWeightedProxy({
    backend: BACKEND,
    servers: [
      { name: 'stable', url: stable.url, weight: 100 },
      { name: 'canary', url: canary.url, weight: 0 },
    ],
  })
  return {
    name: 'the rehearsal’s weighted proxy',
    url: proxy.url,
    socket: proxy.runtimeSocket,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

function haproxy(): string | undefined {
  // Debian keeps daemons in /usr/sbin, which is not on every PATH.
  return ['haproxy', '/usr/sbin/haproxy'].find((program) => {
    try {
      execFileSync(program, ['-v'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

async function startHaproxy(program: string, stable: ModelServer, canary: ModelServer): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-haproxy-'))
  const port = await freePort()
  const socket = join(folder, 'admin.sock')
  await writeFile(
    join(folder, 'haproxy.cfg'),
    `global
  stats socket ${socket} mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend flights
  bind 127.0.0.1:${port}
  default_backend ${BACKEND}
backend ${BACKEND}
  balance roundrobin
  server stable ${new URL(stable.url).host} weight 100
  server canary ${new URL(canary.url).host} weight 0
`,
  )
  const child = spawn(program, ['-f', join(folder, 'haproxy.cfg'), '-db'], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  await answering(`${url}/healthz`)
  return {
    name: 'HAProxy',
    url,
    socket,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (
      await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
