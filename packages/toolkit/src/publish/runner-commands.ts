import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { SluiceError } from '@sluice/errors'
import type { Annotation } from '@sluice/verdict'
import type { Environment } from '../run/run-context.js'

/** Where an annotation stands; without a file it stands at the step. */
export type AnnotationPlace = Partial<Omit<Annotation, 'level' | 'message'>>

/** What a step tells its runner (docs, workflow commands): commands on standard output, and two files. */
export interface RunnerCommands {
  /** @throws SluiceError RUNNER_FILE_UNUSABLE */
  setOutput(name: string, value: string): void
  setSecret(value: string): void
  error(message: string, place?: AnnotationPlace): void
  warning(message: string, place?: AnnotationPlace): void
  debug(text: string): void
  /** Writes a line of the log. */
  log(line: string): void
  /** Appends to the job summary. @throws SluiceError RUNNER_FILE_UNUSABLE */
  writeSummary(markdown: string): void
}

/** The runner's names for an annotation's place (actions/runner src/Runner.Worker/ActionCommandManager.cs). */
const PLACE = {
  title: 'title',
  file: 'file',
  startLine: 'line',
  endLine: 'endLine',
  startColumn: 'col',
  endColumn: 'endColumn',
} as const satisfies Record<keyof AnnotationPlace, string>

/** @param write writes to standard output */
export function runnerCommands(env: Environment, write: (text: string) => void): RunnerCommands {
  const annotate =
    (level: string) =>
    (message: string, place: AnnotationPlace = {}) => {
      const properties = Object.entries(PLACE).flatMap(([key, name]) => {
        const value = place[key as keyof AnnotationPlace]
        return value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`]
      })
      write(command(properties.length === 0 ? level : `${level} ${properties.join(',')}`, message))
    }
  return {
    setOutput: (name, value) => {
      // A fresh delimiter each time: a value cannot guess it and so cannot end early and set another output.
      const delimiter = `ghadelimiter_${randomUUID()}`
      append(env, 'GITHUB_OUTPUT', `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
    },
    setSecret: (value) => write(command('add-mask', value)),
    error: annotate('error'),
    warning: annotate('warning'),
    debug: (text) => write(command('debug', text)),
    log: write,
    writeSummary: (markdown) => append(env, 'GITHUB_STEP_SUMMARY', markdown),
  }
}

/** A workflow command as a line. */
export function command(head: string, data: string): string {
  return `::${head}::${escapeData(data)}\n`
}

function append(env: Environment, variable: string, text: string): void {
  const path = env[variable]
  try {
    if (!path) throw new Error('the variable is not set')
    appendFileSync(path, text)
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError(
      'RUNNER_FILE_UNUSABLE',
      `The file that ${variable} names cannot be written: ${because}.`,
      {
        remedy: 'Run the action as a step of a workflow, or call it with flags.',
        kind: 'surroundings',
        cause,
      },
    )
  }
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
