import { oneLine, shorten } from '@sluice/verdict'
import type { Annotation } from '../contract.js'
import type { Masks } from './masks.js'
import { COMMANDS, parseCommand, type WorkflowCommand } from './workflow-command.js'

/** GitHub shows so many annotations of each level a step, and cuts their messages. */
const ANNOTATIONS_A_LEVEL = 10
const ANNOTATION_LENGTH = 4096
/** What took the place of a command. */
const FILE_OF = {
  'set-env': 'GITHUB_ENV',
  'add-path': 'GITHUB_PATH',
  'set-output': 'GITHUB_OUTPUT',
  'save-state': 'GITHUB_STATE',
} as const

/** Beyond this a step's log says that there is more and stops. */
const LINES = 100_000

export interface StepLogOptions {
  readonly masks: Masks
  readonly debug: boolean
  readonly emit: (line: string) => void
}

/** What one step shows: its lines, masked, and the annotations, summary and failures that come of them. */
export class StepLog {
  readonly annotations: Annotation[] = []
  /** Markdown, masked. */
  summary = ''
  readonly #options: StepLogOptions
  #lines = 0

  constructor(options: StepLogOptions) {
    this.#options = options
  }

  /** One line of the log. */
  line(text: string): void {
    this.#lines++
    if (this.#lines > LINES) return
    this.#options.emit(this.#lines === LINES ? '… (this step prints more than is shown)' : this.#safe(text))
  }

  debug(text: string): void {
    if (this.#options.debug) this.line(`##[debug]${text}`)
  }

  annotate(level: Annotation['level'], message: string, place: { file?: string; line?: number } = {}): void {
    for (const [index, line] of message.split(/\r?\n/).entries())
      this.line(index === 0 ? `##[${level}]${line}` : line)
    if (this.annotations.filter((annotation) => annotation.level === level).length >= ANNOTATIONS_A_LEVEL)
      return
    const { masks } = this.#options
    this.annotations.push({
      level,
      // Terminal sequences may part a secret, so it is looked for once they are gone, line by line.
      message: shorten(
        message
          .split(/\r?\n/)
          .map((line) => this.#safe(line))
          .join('\n'),
        ANNOTATION_LENGTH,
      ),
      ...(place.file === undefined ? {} : { file: masks.hide(oneLine(place.file)) }),
      ...(place.line === undefined ? {} : { line: place.line }),
    })
  }

  mask(value: string): void {
    this.#options.masks.add(value)
  }

  addSummary(markdown: string): void {
    this.summary += this.#options.masks.hide(markdown)
  }

  /** Terminal sequences could part a secret, so it is looked for before and after they are taken out. */
  #safe(text: string): string {
    const { masks } = this.#options
    return masks.hide(oneLine(masks.hide(text)))
  }
}

/** What the commands of one process do besides showing something. */
export interface CommandEffects {
  setOutput(name: string, value: string): void
  saveState(name: string, value: string): void
  /** A command that fails the step, as GitHub's disabled ones do. */
  fail(): void
}

/**
 * Takes the lines that one process prints, obeys the workflow commands among them, shows the rest.
 * After `::stop-commands::<token>` everything is text until `::<token>::`.
 */
export function commandReader(log: StepLog, effects: CommandEffects): (line: string) => void {
  let token: string | undefined
  return (line) => {
    if (token !== undefined) {
      if (parseCommand(line, [token])) token = undefined
      log.line(line)
      return
    }
    const command = parseCommand(line, COMMANDS)
    if (!command) {
      log.line(line)
    } else if (command.name === 'stop-commands') {
      if (goodToken(command.data)) token = command.data
      else refuse(log, effects, `'${command.data}' cannot end stop-commands: take a random token.`)
      log.line(line)
    } else {
      obey(command, line, log, effects)
    }
  }
}

function goodToken(token: string): boolean {
  const lower = token.toLowerCase()
  return token.trim() !== '' && lower !== 'pause-logging' && !COMMANDS.some((known) => known === lower)
}

function obey(
  { name, properties, data }: WorkflowCommand,
  line: string,
  log: StepLog,
  effects: CommandEffects,
): void {
  switch (name) {
    case 'error':
    case 'warning':
    case 'notice':
      log.annotate(name, data, placeOf(properties))
      break
    case 'debug':
      log.debug(data)
      break
    case 'group':
      log.line(`##[group]${data}`)
      break
    case 'endgroup':
      log.line('##[endgroup]')
      break
    case 'add-mask':
      addMask(data, log)
      break
    case 'set-output':
    case 'save-state':
      deprecated(name, properties, data, log, effects)
      break
    case 'set-env':
    case 'add-path':
      refuse(log, effects, `The \`${name}\` command is disabled: write to the file ${FILE_OF[name]} instead.`)
      break
    default:
      // Problem matchers and `echo` change what a log looks like, which a rehearsal does not imitate.
      log.line(line)
  }
}

function addMask(value: string, log: StepLog): void {
  if (value.trim() === '') {
    log.annotate('warning', 'An empty text cannot be masked.')
  } else {
    log.mask(value)
    log.line('::add-mask::***')
  }
}

function deprecated(
  name: 'set-output' | 'save-state',
  { name: key }: WorkflowCommand['properties'],
  data: string,
  log: StepLog,
  effects: CommandEffects,
): void {
  if (key) {
    log.annotate(
      'warning',
      `The \`${name}\` command is deprecated: write to the file ${FILE_OF[name]} instead.`,
    )
    if (name === 'set-output') effects.setOutput(key, data)
    else effects.saveState(key, data)
  } else {
    refuse(log, effects, `The \`${name}\` command needs a name.`)
  }
}

function refuse(log: StepLog, effects: CommandEffects, message: string): void {
  log.annotate('error', message)
  effects.fail()
}

function placeOf({ file, line }: WorkflowCommand['properties']): { file?: string; line?: number } {
  const number = Number(line)
  return {
    ...(file ? { file } : {}),
    ...(line && Number.isSafeInteger(number) && number > 0 ? { line: number } : {}),
  }
}
