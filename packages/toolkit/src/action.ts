import type { Result } from '@sluice/verdict'
import type { Context } from './context.js'
import type { Input } from './input.js'

/** Declared inputs by camelCase key; users see them in kebab-case. */
export type InputDeclarations = Readonly<Record<string, Input<unknown>>>

/** The typed values that `run` receives. */
export type InputsOf<D extends InputDeclarations> = {
  readonly [K in keyof D]: D[K] extends Input<infer T> ? T : never
}

/** GitHub's closed set of branding colours (action schema). */
export type BrandingColor =
  | 'white'
  | 'black'
  | 'yellow'
  | 'blue'
  | 'green'
  | 'orange'
  | 'red'
  | 'purple'
  | 'gray-dark'

/** A way to use an action, as a workflow to copy. */
export interface Guide {
  readonly title: string
  /** One or two sentences of Markdown. */
  readonly text: string
  /** A whole workflow; `$/actions/<name>` stands for an action of this repository, `$checkout` for the checkout. */
  readonly workflow: string
}

/** One action: everything else (action.yml, README, flags, help) is derived from it (design, section 3). */
export interface Action<D extends InputDeclarations = InputDeclarations> {
  readonly name: string
  /** One sentence. */
  readonly description: string
  readonly branding: { readonly icon: string; readonly color: BrandingColor }
  /** Permission key to `<level>, <reason>`: `{ contents: 'read, to see the workflow files' }`. */
  readonly permissions: Readonly<Record<string, string>>
  readonly inputs: D
  /** The action's own outputs by kebab-case name; the common ones come on top. */
  readonly outputs: Readonly<Record<string, string>>
  /** A ready `with:` block, as lines under `with:`, for README and help. */
  readonly example?: Readonly<Record<string, string>>
  /** Ways to use it that need more than the example, for the README. */
  readonly guides?: readonly Guide[]
  run(inputs: InputsOf<D>, context: Context): Promise<Result>
}

/** An action of any inputs, as the harness, the generators and the command line handle it. */
// biome-ignore lint/suspicious/noExplicitAny: `run` is contravariant in its inputs, so only `any` admits every action.
export type AnyAction = Action<any>

/** Declares an action; the identity function, for its types. */
export function defineAction<const D extends InputDeclarations>(action: Action<D>): Action<D> {
  return action
}

/** `failOn` → `fail-on`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
