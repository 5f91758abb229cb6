import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether a program is installed: debian puts daemons into /usr/sbin, which is not on every PATH. */
export function installed(program: string): string | undefined {
  for (const path of [program, `/usr/sbin/${program}`]) {
    try {
      execFileSync(path, [program === 'haproxy' ? '-v' : '--version'], { stdio: 'ignore' })
      return path
    } catch {}
  }
  return undefined
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A program that runs until it is disposed of, in a folder of its own with the files given; asked for `seconds` at most. */
export async function daemon(
  program: string,
  files: Readonly<Record<string, string>>,
  args: (folder: string) => string[],
  ready: () => Promise<boolean>,
  seconds = 10,
  env: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { readonly folder: string; output(): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-peer-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const child = spawn(program, args(folder), {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
    })
  }
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  for (let attempt = 0; attempt < 10 * seconds; attempt++) {
    if (child.exitCode !== null) break
    if (await ready().catch(() => false)) return { folder, output: () => output, [Symbol.asyncDispose]: stop }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await stop()
  throw new Error(`${program} did not become ready:\n${output}`)
}

/**
 * HAProxy in front of two servers, backend `models`, with an admin and an operator socket and its exporter.
 * Plain `balance random` draws two servers and takes the less loaded one, so under load a weight of 10 % got 13.8 %
 * of the requests (2.6.12): one draw keeps to the weights.
 */
export async function startHaproxy(program: string, servers: { stable: string; canary: string }) {
  const [front, admin, exporter] = [await freePort(), await freePort(), await freePort()]
  const config = `global
  stats socket ipv4@127.0.0.1:${admin} level admin
  stats socket unix@operator.sock mode 600 level operator
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend models-in
  bind 127.0.0.1:${front}
  default_backend models
backend models
  balance random(1)
  server stable ${new URL(servers.stable).host} weight 100
  server canary ${new URL(servers.canary).host} weight 0
backend fixed
  balance static-rr
  server stable ${new URL(servers.stable).host} weight 100
  server canary ${new URL(servers.canary).host} weight 0
frontend exporter
  bind 127.0.0.1:${exporter}
  http-request use-service prometheus-exporter if { path /metrics }
`
  const url = `http://127.0.0.1:${front}`
  const process = await daemon(
    program,
    { 'haproxy.cfg': config },
    () => ['-db', '-f', 'haproxy.cfg'],
    async () => (await fetch(`http://127.0.0.1:${exporter}/metrics`)).ok,
  )
  return {
    url,
    admin: `127.0.0.1:${admin}`,
    operator: `${process.folder}/operator.sock`,
    exporter: `127.0.0.1:${exporter}`,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}
