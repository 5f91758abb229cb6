import type { Approval } from './record.js'

/** Environments that wait, and the answers given to them. */
export class Approvals {
  readonly #given: Approval[] = []
  readonly #waiting = new Map<string, (state: Approval['state'], by: string, comment: string) => void>()
  readonly #deciding = new Map<string, Promise<Approval['state']>>()
  readonly #approve: readonly string[]
  readonly #ask: ((environment: string) => Promise<boolean>) | undefined
  readonly #actor: string

  /**
   * @param approve environments that a flag approves beforehand
   * @param ask asks a person; without it what no flag approves is rejected, for nobody could answer
   */
  constructor(
    approve: readonly string[],
    ask: ((environment: string) => Promise<boolean>) | undefined,
    actor: string,
  ) {
    this.#approve = approve
    this.#ask = ask
    this.#actor = actor
  }

  get given(): readonly Approval[] {
    return this.#given
  }

  get waiting(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  /** The answer to an environment: by flag, by whoever is asked, or by a review over the API, whichever is first. */
  async decide(environment: string): Promise<Approval['state']> {
    // Names of environments do not differ by case on GitHub.
    if (this.#approve.some((name) => name.toLowerCase() === environment.toLowerCase()))
      return this.#note(environment, 'approved', this.#actor, 'flag')
    const ask = this.#ask
    if (ask === undefined) return this.#note(environment, 'rejected', this.#actor, 'nobody')
    // Jobs that wait for the same environment get the same answer, and the person is asked once.
    const deciding = this.#deciding.get(environment) ?? this.#wait(environment, ask)
    this.#deciding.set(environment, deciding)
    return await deciding.finally(() => this.#deciding.delete(environment))
  }

  async #wait(
    environment: string,
    ask: (environment: string) => Promise<boolean>,
  ): Promise<Approval['state']> {
    const review = new Promise<Approval['state']>((resolve) => {
      this.#waiting.set(environment, (state, by, comment) =>
        resolve(this.#note(environment, state, by, 'review', comment)),
      )
    })
    const asked = ask(environment).then((yes) =>
      this.#waiting.has(environment)
        ? this.#note(environment, yes ? 'approved' : 'rejected', this.#actor, 'asked')
        : review,
    )
    return await Promise.race([review, asked]).finally(() => this.#waiting.delete(environment))
  }

  /** A reviewer's answer; false when the environment does not wait. */
  review(environment: string, state: Approval['state'], by: string, comment: string): boolean {
    const resolve = this.#waiting.get(environment)
    this.#waiting.delete(environment)
    resolve?.(state, by, comment)
    return resolve !== undefined
  }

  #note(
    environment: string,
    state: Approval['state'],
    by: string,
    how: Approval['how'],
    comment = '',
  ): Approval['state'] {
    this.#given.push({ environment, state, by, how, comment, at: new Date().toISOString() })
    return state
  }
}
