import { spawn } from 'node:child_process'

/** A program with its arguments; no shell stands in between. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  /** All variables it gets. */
  readonly environment: Readonly<Record<string, string>>
  /** Folder it runs in. */
  readonly folder: string
  /** Milliseconds after which it is killed, with all it started. */
  readonly patience: number
  /** Ends it when the run ends. */
  readonly signal?: AbortSignal
}

export type Outcome =
  | { readonly kind: 'done'; readonly status: number; readonly output: string; readonly errors: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'late' }
  | { readonly kind: 'long' }

const OUTPUT_LIMIT = 64 * 1024

/**
 * Runs a program with an input. What it writes beyond 64 KiB ends it, on either stream.
 * @throws the signal's reason when it aborts
 */
export async function runCommand(command: Command, input: Uint8Array): Promise<Outcome> {
  const { program, args, environment, folder, patience, signal } = command
  signal?.throwIfAborted()
  // In a group of its own, so that what it started can be ended with it.
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: 'pipe', detached: true })
  const written: Record<'output' | 'errors', Buffer[]> = { output: [], errors: [] }
  let sizes = { output: 0, errors: 0 }
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const end = (outcome: Outcome) => {
    resolve(outcome)
    kill()
  }
  const stop = () => {
    reject(signal?.reason)
    kill()
  }
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group has ended by itself.
    }
  }
  signal?.addEventListener('abort', stop)
  const timer = setTimeout(() => end({ kind: 'late' }), patience)
  for (const [name, stream] of [
    ['output', child.stdout],
    ['errors', child.stderr],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      sizes = { ...sizes, [name]: sizes[name] + chunk.length }
      if (sizes[name] > OUTPUT_LIMIT) end({ kind: 'long' })
      else written[name].push(chunk)
    })
  }
  child.on('error', () => end({ kind: 'missing' }))
  child.on('close', (status) => {
    const text = (name: 'output' | 'errors') => Buffer.concat(written[name]).toString('utf8')
    end({ kind: 'done', status: status ?? -1, output: text('output'), errors: text('errors') })
  })
  // A program need not read what it does not need.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  })
}
