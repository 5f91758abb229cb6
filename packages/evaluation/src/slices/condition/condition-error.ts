/** Where a condition is wrong, and what was expected there. */
export class ConditionError extends Error {
  /** Characters before it. */
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
