import type { Home, Value } from '../contract.js'
import type { ActionInput } from '../job/action-file.js'

/** What a third-party action does on GitHub, done on this machine without a network. */
export interface Equivalent {
  /** `owner/repo` or `owner/repo/path`, in lower case. */
  readonly name: string
  readonly inputs: Readonly<Record<string, ActionInput>>
  /** @throws SluiceError for what fails the step */
  run(step: EquivalentStep): Promise<void>
}

/** What an equivalent sees of its step, and how it leaves results. */
export interface EquivalentStep {
  /** By declared name, defaults filled in. */
  readonly inputs: Readonly<Record<string, string>>
  readonly github: Readonly<Record<string, Value>>
  readonly workspace: string
  readonly temporary: string
  readonly tools: string
  /** Variables of the stand-ins. */
  readonly services: Readonly<Record<string, string>>
  /** PATH of the step's processes. */
  readonly searchPath: string
  /** HOME of the step's processes. */
  readonly userHome: string
  readonly stop: AbortSignal
  /** Where a repository lies on this machine. */
  homeOf(repository: string, ref: string): Promise<Home | undefined>
  log(line: string): void
  warn(message: string): void
  setOutput(name: string, value: string): void
  setVariable(name: string, value: string): void
  addPath(folder: string): void
}
