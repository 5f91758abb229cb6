import type { Evaluation, FiledReport, LedgerView, ReportData, Rollout, Unread } from '../data.js'
import { EVALUATION, readEvaluation } from './evaluation.js'
import { readLedgerView } from './ledger.js'
import { type Read, subjectText } from './read.js'
import { looksLikeReport, readReport } from './report.js'
import { type Replay, ROLLOUT, readRollout } from './rollout.js'

/** A JSON file that an action or a command left. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** The parts of the page's data that come from files. */
export type Collected = Pick<ReportData, 'reports' | 'evaluations' | 'rollouts' | 'ledgers' | 'unread'>

/**
 * Sorts what actions left: reports, and the statements about evaluations and rollouts in them or beside them; and
 * ledgers, with the rollouts they record. Other JSON is passed over; what means to be ours and cannot be read is
 * named in `unread`. Pure.
 * @param sources JSON of `.sluice/`, in any order
 * @param ledgers JSON of `sluice ledger`, and whether it was verified just now
 * @param replay computes the evidence of a rollout over time; without it, rollouts have no curve
 */
export function collect(
  sources: readonly Source[],
  ledgers: readonly (Source & { readonly verified: boolean })[] = [],
  replay: Replay = () => undefined,
): Collected {
  const sorted = new Sorter(replay)
  for (const source of sources) sorted.file(source)
  for (const source of ledgers) sorted.ledger(source)
  return sorted.collected()
}

class Sorter {
  readonly #reports: FiledReport[] = []
  readonly #evaluations = new Map<string, Evaluation>()
  readonly #rollouts = new Map<string, Rollout>()
  readonly #ledgers: LedgerView[] = []
  readonly #unread: Unread[] = []
  readonly #replay: Replay

  constructor(replay: Replay) {
    this.#replay = replay
  }

  file(source: Source): void {
    const value = this.#json(source)
    if (looksLikeReport(value)) {
      const report = this.#take(readReport(value, source.file), source.file)
      if (report) this.#reports.push(report)
      const { statements, details } = value as { statements?: unknown; details?: unknown }
      if (Array.isArray(statements))
        for (const statement of statements) this.#statement(statement, source.file)
      // What a run without a subject would have stated.
      if (typeof details === 'object') this.#statement({ subject: [], ...details }, source.file)
    } else this.#statement(value, source.file)
  }

  ledger(source: Source & { readonly verified: boolean }): void {
    const value = this.#json(source)
    if (value === undefined) return
    const read = this.#take(readLedgerView(value, source.verified, this.#replay), source.file)
    if (!read) return
    this.#ledgers.push(read.view)
    for (const rollout of read.rollouts) this.#rollout(rollout, source.file)
  }

  collected(): Collected {
    return {
      reports: this.#reports.sort((a, b) => compare(a.finishedAt, b.finishedAt) || compare(a.file, b.file)),
      evaluations: [...this.#evaluations.values()],
      rollouts: [...this.#rollouts.values()].sort((a, b) => compare(a.startedAt, b.startedAt)),
      ledgers: this.#ledgers,
      unread: this.#unread,
    }
  }

  #statement(value: unknown, file: string): void {
    if (typeof value !== 'object' || value === null) return
    const { predicateType, predicate, subject } = value as Record<string, unknown>
    if (predicateType === EVALUATION) {
      const found = this.#take(readEvaluation(value), file)
      if (found) this.#evaluation(found)
    } else if (predicateType === ROLLOUT)
      this.#rollout(readRollout(predicate, firstSubject(subject), this.#replay), file)
  }

  /** The same model on the same rows is one evaluation, whatever images carry it. */
  #evaluation(found: Evaluation): void {
    const { subjects, ...rest } = found
    const key = JSON.stringify(rest)
    const known = this.#evaluations.get(key)
    this.#evaluations.set(key, { ...rest, subjects: [...new Set([...(known?.subjects ?? []), ...subjects])] })
  }

  #rollout(read: Read<Rollout>, file: string): void {
    const rollout = this.#take(read, file)
    if (rollout) this.#rollouts.set(`${rollout.environment} ${rollout.startedAt} ${rollout.subject}`, rollout)
  }

  #take<T>(read: Read<T>, file: string): T | undefined {
    if (read.state === 'read') return read.value
    this.#unread.push({ file, because: read.because })
    return undefined
  }

  #json({ file, text }: Source): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      this.#unread.push({
        file,
        because: `no JSON (${error instanceof Error ? error.message : String(error)})`,
      })
      return undefined
    }
  }
}

function firstSubject(subject: unknown): string {
  const [first] = Array.isArray(subject) ? (subject as unknown[]) : []
  if (typeof first !== 'object' || first === null) return 'unknown'
  const { name, digest } = first as Record<string, unknown>
  const [entry] = typeof digest === 'object' && digest !== null ? Object.entries(digest) : []
  return subjectText({ name: String(name), digest: entry ? entry.join(':') : 'unknown' })
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
