import { isSluiceError } from '@sluice/errors'
import { logText, type Report, toJson, toJunit, toMarkdown, toSarif, toText } from '@sluice/verdict'
import type { AnyAction } from '../action.js'
import { command } from '../publish/runner-commands.js'
import { Masks } from '../run/log.js'
import { perform } from '../run/perform.js'
import { type CommandLine, type Format, parseFlags } from './flags.js'
import { helpText } from './help.js'
import type { Io } from './io.js'

const RENDERERS: Record<Format, (report: Report) => string> = {
  text: (report) => logText(toText(report)),
  json: toJson,
  sarif: (report) => toSarif(report),
  markdown: (report) => toMarkdown(report),
  junit: toJunit,
}

/**
 * Runs an action from the command line: the report on standard output in the asked format, the log and errors
 * of usage on standard error. Returns the exit code (design, section 4).
 * @param program what help calls the command; `sluice <action>` by default
 */
export async function runFromCommandLine(
  action: AnyAction,
  argv: readonly string[],
  io: Io,
  program = `sluice ${action.name}`,
): Promise<number> {
  let line: CommandLine
  try {
    line = parseFlags(action, argv)
  } catch (error) {
    if (!isSluiceError(error)) throw error
    io.stderr(`${logText(`${error.code}: ${error.message}\n${error.remedy}`)}\n`)
    return 2
  }
  if (line.kind === 'help') {
    io.stdout(helpText(action, program))
    return 0
  }
  const masks = new Masks()
  const debug = io.env['RUNNER_DEBUG'] === '1' ? (text: string) => io.stderr(`${text}\n`) : undefined
  const { outcome } = await perform(action, line.read, {
    env: io.env,
    cwd: io.cwd,
    signal: io.signal,
    masks,
    log: io.stderr,
    ...(debug ? { debug } : {}),
    // A step that calls the command line: the runner reads commands from both streams.
    ...(io.env['GITHUB_ACTIONS'] === 'true'
      ? { mask: (value: string) => io.stderr(command('add-mask', value)) }
      : {}),
    ...(io.fetch ? { fetch: io.fetch } : {}),
  })
  io.stdout(RENDERERS[line.format](outcome.report))
  return outcome.exitCode
}
