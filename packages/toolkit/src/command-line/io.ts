import type { Fetch } from '../context.js'

/** What a command line may touch of its process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly signal: AbortSignal
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Replaces the network, in tests. */
  readonly fetch?: Fetch
}

/** The process's own streams. */
export function processIo(signal: AbortSignal): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  }
}
