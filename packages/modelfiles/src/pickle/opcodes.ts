/** How an opcode's argument is stored (Python, Lib/pickletools.py, ArgumentDescriptor). */
export type Argument =
  | 'none'
  | 'u1'
  | 'u2'
  | 'i4'
  | 'u4'
  | 'u8'
  | 'f8'
  | 'line'
  | 'two-lines'
  | 'bytes1'
  | 'bytes4'
  /** As bytes4, but the length is signed and a negative one is an error. */
  | 'signed-bytes4'
  | 'bytes8'

export interface Opcode {
  readonly name: string
  readonly argument: Argument
}

const NAMES: Readonly<Record<Argument, readonly (readonly [string, number])[]>> = {
  none: [
    ['MARK', 0x28],
    ['STOP', 0x2e],
    ['POP', 0x30],
    ['POP_MARK', 0x31],
    ['DUP', 0x32],
    ['NONE', 0x4e],
    ['BINPERSID', 0x51],
    ['REDUCE', 0x52],
    ['APPEND', 0x61],
    ['BUILD', 0x62],
    ['DICT', 0x64],
    ['EMPTY_DICT', 0x7d],
    ['APPENDS', 0x65],
    ['LIST', 0x6c],
    ['EMPTY_LIST', 0x5d],
    ['OBJ', 0x6f],
    ['SETITEM', 0x73],
    ['TUPLE', 0x74],
    ['EMPTY_TUPLE', 0x29],
    ['SETITEMS', 0x75],
    ['NEWOBJ', 0x81],
    ['TUPLE1', 0x85],
    ['TUPLE2', 0x86],
    ['TUPLE3', 0x87],
    ['NEWTRUE', 0x88],
    ['NEWFALSE', 0x89],
    ['EMPTY_SET', 0x8f],
    ['ADDITEMS', 0x90],
    ['FROZENSET', 0x91],
    ['NEWOBJ_EX', 0x92],
    ['STACK_GLOBAL', 0x93],
    ['MEMOIZE', 0x94],
    ['NEXT_BUFFER', 0x97],
    ['READONLY_BUFFER', 0x98],
  ],
  u1: [
    ['PROTO', 0x80],
    ['BININT1', 0x4b],
    ['BINGET', 0x68],
    ['BINPUT', 0x71],
    ['EXT1', 0x82],
  ],
  u2: [
    ['BININT2', 0x4d],
    ['EXT2', 0x83],
  ],
  i4: [
    ['BININT', 0x4a],
    ['EXT4', 0x84],
  ],
  u4: [
    ['LONG_BINGET', 0x6a],
    ['LONG_BINPUT', 0x72],
  ],
  u8: [['FRAME', 0x95]],
  f8: [['BINFLOAT', 0x47]],
  line: [
    ['FLOAT', 0x46],
    ['INT', 0x49],
    ['LONG', 0x4c],
    ['PERSID', 0x50],
    ['STRING', 0x53],
    ['UNICODE', 0x56],
    ['GET', 0x67],
    ['PUT', 0x70],
  ],
  'two-lines': [
    ['GLOBAL', 0x63],
    ['INST', 0x69],
  ],
  bytes1: [
    ['SHORT_BINSTRING', 0x55],
    ['SHORT_BINBYTES', 0x43],
    ['SHORT_BINUNICODE', 0x8c],
    ['LONG1', 0x8a],
  ],
  bytes4: [
    ['BINUNICODE', 0x58],
    ['BINBYTES', 0x42],
  ],
  'signed-bytes4': [
    ['BINSTRING', 0x54],
    ['LONG4', 0x8b],
  ],
  bytes8: [
    ['BINUNICODE8', 0x8d],
    ['BINBYTES8', 0x8e],
    ['BYTEARRAY8', 0x96],
  ],
}

/** All opcodes of protocols 0 to 5 by their byte; undefined for a byte that is none. */
export const OPCODES: readonly (Opcode | undefined)[] = table()

function table(): (Opcode | undefined)[] {
  const opcodes: (Opcode | undefined)[] = new Array(256).fill(undefined)
  for (const [argument, names] of Object.entries(NAMES) as [Argument, (typeof NAMES)[Argument]][]) {
    for (const [name, byte] of names) opcodes[byte] = { name, argument }
  }
  return opcodes
}
