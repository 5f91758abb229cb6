import type { Level } from '@sluice/verdict'

/** One thing seen in a model file, before it becomes a finding. */
export interface Issue {
  /** `model/<kebab>` */
  readonly rule: string
  readonly level: Level
  readonly message: string
  /** Path inside containers, `archive/data.pkl`; absent for the file itself. */
  readonly member?: string
  /** Byte offset in the member, before which everything was read. */
  readonly offset?: number
  /** `module.name` */
  readonly global?: string
  readonly remedy: string
}

/** An import that a pickle makes when it is loaded. */
export interface GlobalUse {
  readonly module: string
  readonly name: string
  readonly offset: number
}

const FORMAT_REMEDY =
  'Ship the model in a format that cannot run code, such as safetensors, or waive it with a reason.'

/** What was not, or not wholly, examined: never a pass. */
export function notExamined(message: string, at: { member?: string; offset?: number } = {}): Issue {
  return { rule: 'model/not-examined', level: 'unknown', message, remedy: FORMAT_REMEDY, ...at }
}

/** Bytes that do not follow their format; what stands before them has been examined. */
export function malformed(message: string, at: { member?: string; offset?: number } = {}): Issue {
  return {
    rule: 'model/malformed',
    level: 'unknown',
    message,
    remedy: 'Write the file again from its source; a whole one reads without errors.',
    ...at,
  }
}

/** Bytes that two readers would take for two different things, so that no reading of them can be trusted. */
export function ambiguous(message: string, at: { member?: string; offset?: number } = {}): Issue {
  return {
    rule: 'model/ambiguous',
    level: 'error',
    message,
    remedy: 'Do not load this file. Ask whoever made it for one that has a single reading.',
    ...at,
  }
}
