import type { Limits } from '../limits.js'
import { TORCH_STORAGES } from './allowlist.js'
import { memoryLayout } from './joblib.js'
import type { Observer } from './observer.js'
import { OpcodeReader, PickleFault } from './reader.js'
import { Stack } from './stack.js'
import { step } from './steps.js'
import { integer, literal, numeral, utf8 } from './text.js'
import {
  calleeOf,
  extend,
  globalName,
  isNode,
  OPAQUE,
  sequence,
  setItems,
  tupleItems,
  type Value,
} from './value.js'

/** How one pickle ended, and where reading may go on. */
export interface Run {
  readonly outcome: 'stopped' | 'fault' | 'limit'
  /** Offset after STOP, or where it could not go on. */
  readonly end: number
  /** Why it did not reach STOP. */
  readonly why?: string
  /** Whether more bytes might have let it go on. */
  readonly cut?: boolean
  /** What STOP returned. */
  readonly value: Value
  readonly opcodes: number
}

export interface MachineOptions {
  readonly limits: Limits
  readonly observer: Observer
  /** Opcodes left for this stream. */
  readonly opcodes: number
  /** Keys of the torch storages that persistent ids name. */
  readonly storages: Set<string>
  /** Whether arrays follow joblib's headers: at the top, but not in the pickles within. */
  readonly arrays: boolean
}

/**
 * Runs one pickle symbolically (Python, Lib/pickle.py, protocols 0 to 5): stack, marks and memo are real, what
 * would be imported, called or changed is only noted. Everything before the first fault counts.
 */
export function runPickle(bytes: Uint8Array, start: number, options: MachineOptions): Run {
  return new Machine(bytes, start, options).run()
}

/** The state of a run, and what opcodes do to it; `steps.ts` says which does what. */
export class Machine {
  readonly reader: OpcodeReader
  readonly stack: Stack
  readonly #memo = new Map<number, Value>()
  readonly #options: MachineOptions
  #opcodes = 0
  #nested = 0

  constructor(bytes: Uint8Array, start: number, options: MachineOptions) {
    this.reader = new OpcodeReader(bytes, start)
    this.#options = options
    this.stack = new Stack(options.limits.stack)
  }

  run(): Run {
    const run = this.#runToEnd()
    if (this.reader.frameFault !== undefined) this.#options.observer.misframed(this.reader.frameFault)
    return run
  }

  #runToEnd(): Run {
    const { limits, opcodes } = this.#options
    try {
      for (;;) {
        this.reader.next()
        this.#opcodes++
        if (this.reader.name === 'STOP') {
          return this.#ended('stopped', this.stack.pop(this.reader.offset))
        }
        if (this.#opcodes + this.#nested > opcodes)
          return this.#ended('limit', null, `more than ${limits.opcodes} opcodes`)
        if (this.#memo.size > limits.memo)
          return this.#ended('limit', null, `a memo of more than ${limits.memo} values`)
        if (this.stack.full) return this.#ended('limit', null, `a stack of more than ${limits.stack} values`)
        step(this)
      }
    } catch (error) {
      if (!(error instanceof PickleFault)) throw error
      const cut = error.cut || this.reader.position >= this.reader.bytes.length
      return { ...this.#ended('fault', null, error.message), end: error.offset, cut }
    }
  }

  #ended(outcome: Run['outcome'], value: Value, why?: string): Run {
    const opcodes = this.#opcodes + this.#nested
    return { outcome, end: this.reader.position, value, opcodes, ...(why === undefined ? {} : { why }) }
  }

  fault(message: string): never {
    throw new PickleFault(message, this.reader.offset)
  }

  int(data: Uint8Array): Value {
    const text = numeral(data)
    if (text === '00') return false
    if (text === '01') return true
    return literal(data) ?? this.fault('the argument of INT is no number')
  }

  long(data: Uint8Array): Value {
    const digits = data.at(-1) === 0x4c ? data.subarray(0, -1) : data
    return literal(digits) ?? this.fault('the argument of LONG is no number')
  }

  float(data: Uint8Array): Value {
    const text = numeral(data).replace(/(?<=\d)_(?=\d)/g, '')
    if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|nan|inf(inity)?)$/i.test(text)) {
      this.fault('the argument of FLOAT is no number')
    }
    return Number(text)
  }

  key(data: Uint8Array): number {
    const key = integer(data)
    if (key === undefined || key < 0 || key > 0xffffffff) this.fault('a memo key is out of range')
    return Number(key)
  }

  put(key: number): void {
    this.#memo.set(key, this.stack.top(this.reader.offset))
  }

  memoize(): void {
    this.put(this.#memo.size)
  }

  get(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) this.fault(`the memo has no value ${key}`)
    this.stack.push(value!)
  }

  tuple(length: number): void {
    const items: Value[] = []
    for (let index = 0; index < length; index++) items.unshift(this.stack.pop(this.reader.offset))
    this.stack.push(sequence('tuple', items))
  }

  dict(flat: Value[]): void {
    if (flat.length % 2 !== 0) this.fault('a dictionary has a key without a value')
    const dict = { kind: 'dict' as const, entries: [], length: 0 }
    setItems(dict, flat)
    this.stack.push(dict)
  }

  extend(items: readonly Value[]): void {
    const target = this.stack.top(this.reader.offset)
    if (isNode(target) && (target.kind === 'list' || target.kind === 'set')) extend(target, items)
    else this.#changes(target, 'adds items to')
  }

  setItems(flat: readonly Value[]): void {
    if (flat.length % 2 !== 0) this.fault('a key has no value')
    const target = this.stack.top(this.reader.offset)
    if (isNode(target) && target.kind === 'dict') setItems(target, flat)
    else this.#changes(target, 'sets items of')
  }

  /** Changing what a call made is what such opcodes are for; changing an imported class or module is an attack. */
  #changes(target: Value, does: string): void {
    if (isNode(target) && target.kind === 'instance') return
    const global = globalName(target)
    this.#options.observer.refuses(
      'model/changes-import',
      `Loading ${does} ${global ?? 'something that it did not make'}.`,
      this.reader.offset,
      global,
    )
  }

  lines(): Value {
    const module = utf8(this.reader.data)
    const name = utf8(this.reader.second)
    return this.#global(module, name)
  }

  stackGlobal(): void {
    const name = this.stack.pop(this.reader.offset)
    const module = this.stack.pop(this.reader.offset)
    this.stack.push(this.#global(module, name))
  }

  #global(module: Value, name: Value): Value {
    if (typeof module === 'string' && typeof name === 'string') {
      this.#options.observer.imports(module, name, this.reader.offset)
      return { kind: 'global', module, name }
    }
    this.#options.observer.refuses(
      'model/global-computed',
      'Loading imports something whose name is no plain text in the file.',
      this.reader.offset,
    )
    return OPAQUE
  }

  call(callee: Value, args: Value): void {
    const { observer } = this.#options
    observer.calls++
    const global = globalName(callee)
    if (global === undefined) {
      observer.refuses(
        'model/call-computed',
        'Loading calls something that is no import.',
        this.reader.offset,
      )
    } else if (global === '_codecs.encode' && tupleItems(args)?.[1] !== 'latin1') {
      // Another codec's name is imported as a module of `encodings`.
      observer.refuses(
        'model/codec',
        'Loading encodes text with a codec other than latin1.',
        this.reader.offset,
        global,
      )
    }
    this.stack.push({ kind: 'instance', callee, args })
  }

  extension(): void {
    const { number, offset } = this.reader
    this.#options.observer.refuses(
      'model/extension-registry',
      `Loading imports entry ${number} of the extension registry, which only the loading process knows.`,
      offset,
    )
    this.stack.push(OPAQUE)
  }

  build(): void {
    const { offset } = this.reader
    const state = this.stack.pop(offset)
    const target = this.stack.top(offset)
    this.#options.observer.calls++
    if (!isNode(target) || target.kind !== 'instance') {
      this.#changes(target, 'sets the state of')
      return
    }
    target.state = state
    const wrapper = calleeOf(target) === 'joblib.numpy_pickle.NumpyArrayWrapper'
    if (wrapper && this.#options.arrays) this.#array(state)
  }

  /** joblib's unpickler reads an array from the file here, in the midst of the pickle. */
  #array(state: Value): void {
    if (!this.reader.betweenFrames) this.fault('an array of joblib stands inside a frame')
    const layout = memoryLayout(state, this.reader.bytes, this.reader.position)
    if (layout.kind === 'unclear') this.fault(layout.why)
    if (layout.kind === 'objects') {
      const left = this.#options.opcodes - this.#opcodes - this.#nested
      const run = runPickle(this.reader.bytes, this.reader.position, {
        ...this.#options,
        opcodes: left,
        arrays: false,
      })
      this.#nested += run.opcodes
      if (run.outcome !== 'stopped')
        throw new PickleFault(run.why ?? 'an array of objects does not end', run.end)
      this.reader.position = run.end
    } else {
      this.reader.position = layout.end
    }
    this.stack.pop(this.reader.offset)
    this.stack.push({
      kind: 'instance',
      callee: { kind: 'global', module: 'numpy', name: 'ndarray' },
      args: null,
    })
  }

  /** Only torch's storages may be persistent: ('storage', type, key, location, count …). */
  persistent(id: Value): void {
    const [tag, type, key] = tupleItems(id) ?? []
    if (tag === 'storage' && typeof key === 'string' && isNode(type) && type.kind === 'global') {
      const names = Object.hasOwn(TORCH_STORAGES, type.module) ? TORCH_STORAGES[type.module] : undefined
      if (names?.includes(type.name)) {
        this.#options.storages.add(key)
        this.stack.push({ kind: 'storage' })
        return
      }
    }
    this.#options.observer.refuses(
      'model/persistent-id',
      'Loading asks the loading process for an object by a persistent id that is no torch storage.',
      this.reader.offset,
    )
    this.stack.push(OPAQUE)
  }
}
