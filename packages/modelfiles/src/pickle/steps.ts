import type { Machine } from './machine.js'
import type { OpcodeReader } from './reader.js'
import { ascii, latin1, long, quoted, rawUnicode, utf8 } from './text.js'
import { OPAQUE, sequence } from './value.js'

type Step = (machine: Machine, reader: OpcodeReader) => void

const number: Step = ({ stack }, reader) => stack.push(reader.number)
const bytes: Step = ({ stack }, { data }) => stack.push(data)
const unicode: Step = ({ stack }, { data }) => stack.push(utf8(data))
const bytestring: Step = ({ stack }, { data }) => stack.push(ascii(data))
const longInteger: Step = ({ stack }, { data }) => stack.push(long(data))
const put: Step = (machine, reader) => machine.put(reader.number)
const get: Step = (machine, reader) => machine.get(reader.number)
const appends: Step = (machine, { offset }) => machine.extend(machine.stack.popMark(offset))
const extension: Step = (machine) => machine.extension()

const reduce: Step = (machine, { offset }) => {
  const args = machine.stack.pop(offset)
  machine.call(machine.stack.pop(offset), args)
}

/** What each opcode but STOP does (Python, Lib/pickle.py, `_Unpickler.dispatch`). */
const STEPS: Readonly<Record<string, Step>> = {
  PROTO: (machine, reader) => {
    if (reader.number > 5) machine.fault(`protocol ${reader.number} is unknown`)
  },
  FRAME: () => {},

  MARK: ({ stack }) => stack.mark(),
  POP: ({ stack }, { offset }) => stack.discard(offset),
  POP_MARK: ({ stack }, { offset }) => {
    stack.popMark(offset)
  },
  DUP: ({ stack }, { offset }) => stack.push(stack.top(offset)),

  NONE: ({ stack }) => stack.push(null),
  NEWTRUE: ({ stack }) => stack.push(true),
  NEWFALSE: ({ stack }) => stack.push(false),
  BININT: number,
  BININT1: number,
  BININT2: number,
  BINFLOAT: number,
  LONG1: longInteger,
  LONG4: longInteger,
  INT: (machine, { data }) => machine.stack.push(machine.int(data)),
  LONG: (machine, { data }) => machine.stack.push(machine.long(data)),
  FLOAT: (machine, { data }) => machine.stack.push(machine.float(data)),
  STRING: (machine, { data }) =>
    machine.stack.push(quoted(data) ?? machine.fault('the argument of STRING is not quoted')),
  UNICODE: ({ stack }, { data }) => stack.push(rawUnicode(data)),
  BINSTRING: bytestring,
  SHORT_BINSTRING: bytestring,
  BINUNICODE: unicode,
  SHORT_BINUNICODE: unicode,
  BINUNICODE8: unicode,
  BINBYTES: bytes,
  SHORT_BINBYTES: bytes,
  BINBYTES8: bytes,
  BYTEARRAY8: bytes,
  NEXT_BUFFER: ({ stack }) => stack.push(OPAQUE),
  READONLY_BUFFER: ({ stack }, { offset }) => {
    stack.top(offset)
  },

  EMPTY_LIST: ({ stack }) => stack.push(sequence('list', [])),
  EMPTY_TUPLE: ({ stack }) => stack.push(sequence('tuple', [])),
  EMPTY_SET: ({ stack }) => stack.push(sequence('set', [])),
  EMPTY_DICT: ({ stack }) => stack.push({ kind: 'dict', entries: [], length: 0 }),
  LIST: ({ stack }, { offset }) => stack.push(sequence('list', stack.popMark(offset))),
  TUPLE: ({ stack }, { offset }) => stack.push(sequence('tuple', stack.popMark(offset))),
  FROZENSET: ({ stack }, { offset }) => stack.push(sequence('set', stack.popMark(offset))),
  DICT: (machine, { offset }) => machine.dict(machine.stack.popMark(offset)),
  TUPLE1: (machine) => machine.tuple(1),
  TUPLE2: (machine) => machine.tuple(2),
  TUPLE3: (machine) => machine.tuple(3),
  APPEND: (machine, { offset }) => machine.extend([machine.stack.pop(offset)]),
  APPENDS: appends,
  ADDITEMS: appends,
  SETITEM: (machine, { offset }) => {
    const value = machine.stack.pop(offset)
    machine.setItems([machine.stack.pop(offset), value])
  },
  SETITEMS: (machine, { offset }) => machine.setItems(machine.stack.popMark(offset)),

  PUT: (machine, { data }) => machine.put(machine.key(data)),
  BINPUT: put,
  LONG_BINPUT: put,
  MEMOIZE: (machine) => machine.memoize(),
  GET: (machine, { data }) => machine.get(machine.key(data)),
  BINGET: get,
  LONG_BINGET: get,

  GLOBAL: (machine) => machine.stack.push(machine.lines()),
  STACK_GLOBAL: (machine) => machine.stackGlobal(),
  EXT1: extension,
  EXT2: extension,
  EXT4: extension,
  INST: (machine, { offset }) => {
    // Lib/pickle.py imports before it looks for the mark.
    const callee = machine.lines()
    machine.call(callee, sequence('tuple', machine.stack.popMark(offset)))
  },
  OBJ: (machine, { offset }) => {
    const [callee, ...args] = machine.stack.popMark(offset)
    machine.call(callee ?? machine.fault('OBJ has no class'), sequence('tuple', args))
  },
  REDUCE: reduce,
  NEWOBJ: reduce,
  NEWOBJ_EX: (machine, { offset }) => {
    const keywords = machine.stack.pop(offset)
    const args = machine.stack.pop(offset)
    machine.call(machine.stack.pop(offset), sequence('tuple', [args, keywords]))
  },
  BUILD: (machine) => machine.build(),
  PERSID: (machine, { data }) => machine.persistent(latin1(data)),
  BINPERSID: (machine, { offset }) => machine.persistent(machine.stack.pop(offset)),
}

/** Does what the opcode that was just read does. @throws PickleFault where an unpickler would raise */
export function step(machine: Machine): void {
  const { reader } = machine
  const perform = STEPS[reader.name] ?? machine.fault(`${reader.name} is not handled`)
  perform(machine, reader)
}
