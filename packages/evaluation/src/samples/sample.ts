import type { Cell } from '../table/builder.js'

/** One answer of a model to one item of an evaluation, as a tool logged it. */
export interface Sample {
  /** The same for the same item in every run: the tool's own id, or a hash of what was asked. */
  readonly id: string
  /** Numbers the answers to one item. */
  readonly answer: string
  /** What must be the same for both models. */
  readonly prompt: string
  readonly target: string
  /** Of the wanted columns, those that it has. */
  readonly cells: ReadonlyMap<string, Cell>
}

/** The samples of one run. */
export interface Samples {
  readonly tool: string
  readonly rows: readonly Sample[]
  /** Columns to choose from, for messages: scores, and what else a sample plainly has. */
  readonly names: readonly string[]
  /** What both runs must share to be compared. */
  readonly conditions: ReadonlyMap<string, string>
  /** Why the run must not be trusted, each a sentence. */
  readonly refusals: readonly string[]
}

/** A file of samples that has been recognised. */
export interface SampleFile {
  readonly tool: string
  /**
   * @param wanted names of columns
   * @throws SluiceError SAMPLES_MALFORMED, TABLE_TOO_LARGE
   */
  read(wanted: ReadonlySet<string>): Samples
}

/** What a table of samples calls the columns that every tool's samples have. */
export const SAMPLE_COLUMNS = {
  id: 'id',
  answer: 'epoch',
  prompt: 'prompt_hash',
  target: 'target_hash',
} as const
