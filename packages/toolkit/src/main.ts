import { isSluiceError } from '@sluice/errors'
import { logText } from '@sluice/verdict'
import type { AnyAction } from './action.js'
import { processIo } from './command-line/io.js'
import { runFromCommandLine } from './command-line/run.js'
import { useProxyOf } from './http/proxy.js'
import { runOnRunner } from './run/runner.js'

/**
 * The entry of an action's bundle: a step of a workflow when the runner started it without arguments, a
 * command line otherwise. Ends the process with the exit code of design section 4.
 */
export async function main(action: AnyAction): Promise<never> {
  const { env } = process
  const signal = untilSignalled()
  const argv = process.argv.slice(2)
  return await exitWith(() =>
    env['GITHUB_ACTIONS'] === 'true' && argv.length === 0
      ? runOnRunner(action, { env, cwd: process.cwd(), signal })
      : runFromCommandLine(action, argv, processIo(signal)),
  )
}

/**
 * Aborts on SIGINT and SIGTERM. The same signal a second time ends the process at once; one after the other does
 * not, for the runner sends both, 7.5 seconds apart, to a cancelled step that may still be rolling back.
 */
export function untilSignalled(): AbortSignal {
  const controller = new AbortController()
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    let seen = false
    process.on(signal, () => {
      if (seen) process.exit(code)
      seen = true
      controller.abort()
    })
  }
  return controller.signal
}

/**
 * Ends the process with the exit code that `run` comes to. What nobody caught, also in a callback, ends in 3:
 * Node's own 1 would say that a check decided. The process does not wait for a library's open handle.
 */
export async function exitWith(run: () => Promise<number>): Promise<never> {
  process.on('uncaughtException', (error) => fault(error))
  // A reader such as `head` may leave before the end.
  process.stdout.on('error', () => {})
  try {
    useProxyOf(process.env)
    return await exit(await run())
  } catch (error) {
    return fault(error)
  }
}

function fault(error: unknown): never {
  const told = isSluiceError(error) ? `${error.code}: ${error.message}\n${error.remedy}` : undefined
  const text = told ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.stderr.write(`${logText(text)}\n`)
  process.exit(3)
}

async function exit(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writable) await new Promise<void>((flushed) => stream.write('', () => flushed()))
  }
  process.exit(code)
}
