import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Contexts, PlannedStep } from '../contract.js'
import { githubContext } from './contexts.js'
import { searchPath, type Variables } from './environment.js'
import { runProcess } from './process.js'
import { findShell, shellArguments } from './shell.js'
import type { Attempt, Frame, JobState } from './state.js'
import { untrustedIn } from './untrusted.js'

export interface ScriptStep {
  readonly step: PlannedStep
  readonly does: Extract<PlannedStep['does'], { kind: 'run' }>
  readonly action: string
  readonly env: Variables
  readonly contexts: Contexts
}

/** Runs a `run:` step: the script goes to a file, the shell gets the file. */
export async function runScript(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  { step, does, action, env, contexts }: ScriptStep,
): Promise<boolean> {
  const { expressions, workspace } = state.scope
  const evaluate = (text: string | undefined) =>
    text === undefined ? undefined : expressions.interpolate(text, contexts)
  warnOfStrangers(attempt, step, does.script)
  const script = evaluate(does.script) ?? ''
  const path = env['PATH'] ?? frame.env['PATH'] ?? state.env.get('PATH')
  const shell = await findShell(evaluate(does.shell ?? frame.defaults.shell), searchPath(state, path))
  const file = join(state.folders.temporary, `${randomUUID()}${shell.extension}`)
  const [before, after] = shell.around ?? ['', '']
  await writeFile(file, `${before}${script}${after}\n`, { mode: 0o700 })
  const args = shellArguments(shell, file)
  announce(attempt, script, [shell.command, ...shell.args].join(' '))
  return runProcess(state, frame, attempt, {
    command: shell.command,
    args,
    cwd: resolve(workspace, evaluate(step.workingDirectory ?? frame.defaults.workingDirectory) ?? ''),
    kind: 'run',
    env,
    github: githubContext(frame, { action }),
    own: {},
    state: {},
  })
}

/** GitHub does not say it; who rehearses wants to know before somebody else does. */
function warnOfStrangers({ log }: Attempt, { place }: PlannedStep, script: string): void {
  const context = untrustedIn(script)
  if (context === undefined) return
  log.annotate(
    'warning',
    `\`\${{ ${context} }}\` is put into this script as it is, and strangers write it: what they write would run. Hand it over by \`env:\`, and use \`"$NAME"\` in the script.`,
    place,
  )
}

function announce({ log }: Attempt, script: string, shell: string): void {
  const lines = script.split('\n')
  log.line(`##[group]Run ${lines[0]}`)
  for (const line of lines) log.line(line)
  log.line(`shell: ${shell}`)
  log.line('##[endgroup]')
}
