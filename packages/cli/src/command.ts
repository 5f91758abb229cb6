import type { Io } from '@sluice/toolkit'

/** A command that is no action. `run` returns the exit code of design section 4. */
export interface Command {
  readonly name: string
  /** One sentence for `sluice help`. */
  readonly summary: string
  run(argv: readonly string[], io: Io): Promise<number>
}
