import { logText, oneLine } from '@sluice/verdict'
import type { Conclusion, RunEvent, StepRecord } from '../contract.js'
import type { FinishedJob } from '../graph/shared.js'
import type { RunOutcome } from './options.js'
import { summaryText } from './summary.js'

const SIGNS: Record<Conclusion, string> = { success: '✓', failure: '✗', cancelled: '⊘', skipped: '–' }
/** Of a step that failed, so much of its log is shown. */
const LOG_LINES = 40

/** Draws a run as it happens: a line when a job starts or waits, its steps when it has ended. */
export class RunPage {
  readonly #write: (text: string) => void
  readonly #verbose: boolean
  readonly #logs = new Map<string, string[]>()
  readonly #names = new Map<string, string>()

  /** @param verbose every line of the log, with its job's name before it */
  constructor(write: (text: string) => void, verbose: boolean) {
    this.#write = write
    this.#verbose = verbose
  }

  readonly events = (event: RunEvent): void => {
    switch (event.kind) {
      case 'job-waiting':
        this.#names.set(event.job.key, event.job.name)
        this.#line(`… ${event.job.name} waits: ${event.because}`)
        break
      case 'job-started':
        this.#names.set(event.job.key, event.job.name)
        this.#line(`▸ ${event.job.name}`)
        break
      case 'step-started':
        this.#logs.set(event.job, [])
        break
      case 'log':
        this.#log(event.job, event.line)
        break
      case 'step-ended':
        if (event.step.outcome === 'failure') this.#tail(event.job, event.step)
        break
      case 'job-ended':
        this.#write(`${jobLines(event).map(logText).join('\n')}\n`)
        break
    }
  }

  #log(job: string, line: string): void {
    // What no job says, the run says.
    if (job === '') this.#line(line)
    else if (this.#verbose) this.#line(`  ${this.#names.get(job) ?? job} | ${line}`)
    const lines = this.#logs.get(job)
    lines?.push(line)
    if (lines && lines.length > LOG_LINES) lines.shift()
  }

  #tail(job: string, step: StepRecord): void {
    if (this.#verbose) return
    this.#line(`  ${this.#names.get(job) ?? job} / ${step.name} failed:`)
    for (const line of this.#logs.get(job) ?? []) {
      // The runner's own marks are of use to a page that folds.
      const text = line.replace(/^##\[(group|command|error|warning|notice)\]/, '')
      if (text !== '##[endgroup]') this.#line(`    │ ${text}`)
    }
  }

  #line(text: string): void {
    this.#write(`${logText(oneLine(text))}\n`)
  }
}

/** A job and its steps, with sign and time. */
function jobLines(job: FinishedJob): string[] {
  const { conclusion, steps } = job.result
  const lines = [`${SIGNS[conclusion]} ${oneLine(job.name)}${timeOf(conclusion, job.milliseconds)}`]
  for (const step of steps) {
    // What failed and was forgiven shows both.
    const forgiven = step.outcome !== step.conclusion ? ' (continue-on-error)' : ''
    const sign = SIGNS[step.outcome]
    lines.push(`    ${sign} ${oneLine(step.name)}${timeOf(step.outcome, step.milliseconds)}${forgiven}`)
    lines.push(...step.annotations.map((annotation) => `        ${annotationText(annotation)}`))
  }
  return lines
}

function annotationText({ level, message, file, line }: StepRecord['annotations'][number]): string {
  const at = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `
  return oneLine(`${level}: ${at}${message}`)
}

function timeOf(conclusion: Conclusion, milliseconds: number): string {
  if (conclusion === 'skipped') return '  skipped'
  return `  ${duration(milliseconds)}`
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

/** What stands above the run. */
export function headText(
  { event, ref, repository, sha, workflow }: RunOutcome['facts'],
  title: string,
): string {
  return `${logText(`${oneLine(title)} · ${event} · ${repository}@${sha.slice(0, 12)} (${ref}) · ${workflow}`)}\n\n`
}

/** The end of the run page: one line a job, the summaries, the verdict. */
export function outcomeText(outcome: RunOutcome): string {
  const { conclusion, jobs, milliseconds, notes, outputs } = outcome
  const width = Math.max(0, ...jobs.map(({ name }) => name.length))
  const rows = jobs.map(
    ({ name, result, milliseconds: took }) =>
      `  ${SIGNS[result.conclusion]} ${oneLine(name).padEnd(width)}${timeOf(result.conclusion, took)}`,
  )
  const summaries = jobs.flatMap(({ name, result }) =>
    result.steps
      .filter(({ summary }) => summary.trim() !== '')
      .flatMap((step) => ['', `── ${oneLine(name)} / ${oneLine(step.name)}`, summaryText(step.summary)]),
  )
  const values = Object.entries(outputs).map(([name, value]) => `  ${name}: ${oneLine(value)}`)
  const lines = [
    '',
    'Jobs',
    ...rows,
    ...(values.length > 0 ? ['', 'Outputs', ...values] : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `Note: ${oneLine(note)}`)] : []),
    ...(summaries.length > 0 ? ['', 'Summaries', ...summaries] : []),
    '',
    `${SIGNS[conclusion]} ${conclusion} in ${duration(milliseconds)}`,
  ]
  return `${logText(lines.join('\n'))}\n`
}

/** For programs. */
export function outcomeJson(outcome: RunOutcome): string {
  const { conclusion, exitCode, facts, jobs, milliseconds, notes, outputs, title } = outcome
  const rounded = jobs.map((job) => ({ ...job, milliseconds: Math.round(job.milliseconds) }))
  return `${JSON.stringify(
    {
      conclusion,
      exitCode,
      title,
      facts,
      milliseconds: Math.round(milliseconds),
      notes,
      outputs,
      jobs: rounded,
    },
    null,
    2,
  )}\n`
}
