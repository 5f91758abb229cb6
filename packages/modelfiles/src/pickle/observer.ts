import { ambiguous, type GlobalUse, type Issue, malformed } from '../issue.js'
import type { PicklePolicy } from './policy.js'
import type { OpcodeReader } from './reader.js'

const DENY_REMEDY =
  'Do not load this file. Export the model as safetensors, or, when the import is harmless, name it in `scan.models.allow` with a reason.'

/** Collects what a pickle does: each import and each forbidden act once, at its first offset. */
export class Observer {
  readonly issues: Issue[] = []
  readonly globals: GlobalUse[] = []
  /** Calls made: REDUCE, OBJ, INST, NEWOBJ, NEWOBJ_EX, BUILD. */
  calls = 0
  readonly #seen = new Set<string>()
  readonly #policy: PicklePolicy

  constructor(policy: PicklePolicy) {
    this.#policy = policy
  }

  imports(module: string, name: string, offset: number): void {
    const key = `${module}\n${name}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.globals.push({ module, name, offset })
    const global = `${module}.${name}`
    const judgement = this.#policy(module, name)
    if (judgement.state === 'allowed') return
    if (judgement.state === 'dangerous') {
      this.issues.push({
        rule: 'model/dangerous-global',
        level: 'error',
        message: `Loading imports ${global}, which ${judgement.does}.`,
        offset,
        global,
        remedy: DENY_REMEDY,
      })
    } else {
      this.issues.push({
        rule: 'model/global-not-allowed',
        level: 'error',
        message: `Loading imports ${global}; ${judgement.why}.`,
        offset,
        global,
        remedy: DENY_REMEDY,
      })
    }
  }

  /** Frames that unpicklers read differently, or that end before they should. */
  misframed({ message, offset, cut }: NonNullable<OpcodeReader['frameFault']>): void {
    const whole = `Its frames are broken: ${message}.`
    this.issues.push(cut ? malformed(whole, { offset }) : ambiguous(whole, { offset }))
  }

  /** An act that no allow-list can permit. */
  refuses(rule: `model/${string}`, message: string, offset: number, global?: string): void {
    const key = `${rule}\n${message}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.issues.push({
      rule,
      level: 'error',
      message,
      offset,
      ...(global === undefined ? {} : { global }),
      remedy: 'Do not load this file. Export the model as safetensors.',
    })
  }
}
