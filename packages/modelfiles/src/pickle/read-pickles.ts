import { type GlobalUse, type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import { runPickle } from './machine.js'
import { Observer } from './observer.js'
import type { PicklePolicy } from './policy.js'

/** What a stream of pickles would do when loaded. */
export interface PickleReport {
  readonly issues: readonly Issue[]
  readonly globals: readonly GlobalUse[]
  /** Pickles that reached STOP. */
  readonly pickles: number
  /** Calls made before the end or the first fault. */
  readonly calls: number
  readonly opcodes: number
  /** Whether the bytes ended within a pickle. */
  readonly cut: boolean
  /** Keys of the torch storages that persistent ids name. */
  readonly storages: ReadonlySet<string>
}

/** First value of a stacked torch file (torch/serialization.py, MAGIC_NUMBER). */
const TORCH_MAGIC = 0x1950a86a20f9469cfc6cn
/** Magic, protocol, system, object, storage keys; raw storages follow. */
const TORCH_PICKLES = 5

/**
 * Examines all pickles that stand one after another in `bytes`: loaders read them all, and an attack may stand
 * in any. Nothing is unpickled. Pure.
 */
export function readPickles(bytes: Uint8Array, policy: PicklePolicy, limits: Limits): PickleReport {
  const observer = new Observer(policy)
  const storages = new Set<string>()
  const faults: Issue[] = []
  let position = 0
  let pickles = 0
  let opcodes = 0
  let torch = false
  let cut = false
  while (position < bytes.length) {
    const calls = observer.calls
    const imports = observer.globals.length
    const run = runPickle(bytes, position, {
      limits,
      observer,
      storages,
      opcodes: limits.opcodes - opcodes,
      arrays: true,
    })
    opcodes += run.opcodes
    if (run.outcome === 'stopped') {
      pickles++
      if (pickles === 1) torch = run.value === TORCH_MAGIC
      position = run.end
      if (torch && pickles === TORCH_PICKLES) break
      continue
    }
    cut = run.cut ?? false
    const idle = observer.calls === calls && observer.globals.length === imports
    if (run.outcome === 'limit') faults.push(notExamined(`The pickle has ${run.why}.`, { offset: run.end }))
    else if (pickles > 0 && idle && !torch) {
      faults.push(
        notExamined(`${bytes.length - position} bytes follow the last pickle.`, { offset: position }),
      )
    } else faults.push(malformed(`The pickle cannot be read on: ${run.why}.`, { offset: run.end }))
    break
  }
  return {
    issues: [...observer.issues, ...faults],
    globals: observer.globals,
    pickles,
    calls: observer.calls,
    opcodes,
    cut,
    storages,
  }
}

/** Whether bytes start as a pickle of protocol 2 to 5 does. */
export function startsAsPickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head.length >= 2 && head[1]! >= 1 && head[1]! <= 5
}
