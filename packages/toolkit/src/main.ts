import type { AnyAction } from './action.js'
import { runFromCommandLine } from './command-line/run.js'
import type { Fetch } from './context.js'
import { runOnRunner } from './run/runner.js'

/**
 * The entry of an action's bundle: a step of a workflow when the runner started it without arguments, a
 * command line otherwise. Ends the process with the exit code of design section 4.
 */
export async function main(action: AnyAction): Promise<never> {
  const { env } = process
  const signal = untilSignalled()
  const argv = process.argv.slice(2)
  const code =
    env['GITHUB_ACTIONS'] === 'true' && argv.length === 0
      ? await runOnRunner(action, { env, cwd: process.cwd(), signal })
      : await runFromCommandLine(action, argv, processIo(signal))
  return await exit(code)
}

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

/**
 * Aborts on SIGINT and SIGTERM. A second SIGINT ends the process at once; a SIGTERM after it does not, for the
 * runner sends both, 7.5 seconds apart, to a cancelled step that may still be rolling back.
 */
export function untilSignalled(): AbortSignal {
  const controller = new AbortController()
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  })
  process.on('SIGTERM', () => controller.abort())
  return controller.signal
}

/** Flushes the streams and ends the process: a library's open handle must not hold a job. */
export async function exit(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((done) => stream.write('', () => done()))
  }
  process.exit(code)
}
