import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../src/limits.js'
import { OPCODES } from '../src/pickle/opcodes.js'
import { picklePolicy } from '../src/pickle/policy.js'
import { readPickles } from '../src/pickle/read-pickles.js'
import { bytes, CALL, CALL4, HARMLESS, POLICY, text4 } from './pickles.js'

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url))
const read = (pickle: Uint8Array) => readPickles(pickle, POLICY, LIMITS)
const rules = (pickle: Uint8Array) => read(pickle).issues.map((issue) => issue.rule)

test('the opcodes are those of Python, all of them', async () => {
  const expected = JSON.parse(String(await fixture('opcodes.json')))
  const own = Object.fromEntries(OPCODES.flatMap((opcode, byte) => (opcode ? [[opcode.name, byte]] : [])))
  expect(own).toEqual(expected)
})

test.each([0, 1, 2, 3, 4, 5])('plain data that Python pickled with protocol %i passes', async (protocol) => {
  const report = read(await fixture(`plain-${protocol}.pkl`))
  expect(report).toMatchObject({ issues: [], pickles: 1, cut: false })
  expect(report.globals.map(({ module, name }) => `${module}.${name}`)).toContain('collections.OrderedDict')
})

describe('an import that no list allows is refused, however it is written', () => {
  test.each([
    ['GLOBAL', CALL],
    ['STACK_GLOBAL', CALL4],
    ['INST', bytes('(ios\ngetcwd\n.')],
    ['OBJ', bytes('(cos\ngetcwd\no.')],
    ['NEWOBJ', bytes('\x80\x02cos\ngetcwd\n)\x81.')],
    ['NEWOBJ_EX', bytes(`\x80\x04${text4('os')}${text4('getcwd')}\x93)}\x92.`)],
    ['an import that nothing calls', bytes('cos\ngetcwd\n.')],
    ['a call whose outcome is dropped', bytes('cos\ngetcwd\n(tR0N.')],
    ['a call in a dropped OBJ', bytes('((cos\ngetcwd\no1N.')],
    ['STRING with escapes', bytes("S'\\x6f\\163'\nS'getcwd'\n\x93)R.")],
    ['UNICODE with escapes', bytes('V\\u006fs\nVgetcwd\n\x93)R.')],
    ['names from the memo', bytes(`\x80\x04${text4('os')}\x940${text4('getcwd')}\x940h\x00h\x01\x93)R.`)],
    ['a memo written after POP', bytes(`\x80\x04N${text4('os')}q\x0900h\x09${text4('getcwd')}\x93)R.`)],
    ['DUP', bytes(`\x80\x04${text4('os')}2\x940h\x00${text4('getcwd')}\x93)R.`)],
    ['BINSTRING', bytes('T\x02\x00\x00\x00osU\x06getcwd\x93)R.')],
    ['a name of eight length bytes', bytes(`\x80\x04\x8d\x02${'\0'.repeat(7)}os${text4('getcwd')}\x93)R.`)],
    ['a broken stream after the call', bytes('cos\ngetcwd\n(tR\xff\xff')],
    ['a stream that ends after the call', bytes('cos\ngetcwd\n(tR')],
    ['the second of two pickles', Buffer.concat([HARMLESS, CALL])],
    ['the fourth of five', Buffer.concat([HARMLESS, HARMLESS, HARMLESS, CALL, HARMLESS])],
    ['a protocol 2 name of Python 2', bytes('\x80\x02c__builtin__\neval\n.')],
  ])('%s', (_, pickle) => {
    const { issues } = read(pickle)
    expect(issues.some(({ rule, level }) => rule === 'model/dangerous-global' && level === 'error')).toBe(
      true,
    )
  })
})

test.each([
  ['importlib.import_module', 'imports anything'],
  ['pkgutil.resolve_name', 'imports anything'],
  ['operator.attrgetter', 'reaches other objects by attribute'],
  ['builtins.getattr', 'reaches other objects by attribute'],
  ['functools.partial', 'calls other functions later'],
  ['torch.storage._load_from_bytes', 'loads another pickle'],
  ['torch.utils.collect_env.run', 'runs Python code'],
  ['numpy.f2py.crackfortran.getlincoef', 'compiles and runs code'],
  ['_io.FileIO', 'opens files'],
])('%s is named for what it does', (global, does) => {
  const at = global.lastIndexOf('.')
  const [issue] = read(bytes(`c${global.slice(0, at)}\n${global.slice(at + 1)}\n.`)).issues
  expect(issue).toMatchObject({ rule: 'model/dangerous-global', global, offset: 0 })
  expect(issue?.message).toContain(does)
})

test.each([
  ['a module that nobody knows', 'flightlib.models\nModel'],
  ['a submodule of an allowed module', 'collections.abc\nOrderedDict'],
  ['a dotted name through an allowed module', 'collections\nabc.sys'],
  ['a prefix of an allowed name', 'collections\nOrdered'],
  ['an attribute of an allowed module', 'numpy\n__builtins__'],
  ['a name that is a property of every object', 'constructor\n__proto__'],
])('%s is not allowed', (_, lines) => {
  expect(rules(bytes(`c${lines}\n.`))).toEqual(['model/global-not-allowed'])
})

test('a list cannot allow a dotted name', () => {
  const allow = [{ module: 'collections', names: ['abc.sys'], reason: 'none' }]
  const judgement = picklePolicy({ profiles: [], allow }, '2026-03-03')('collections', 'abc.sys')
  expect(judgement.state).toBe('unlisted')
})

describe('what no list can allow is refused', () => {
  test.each([
    ['model/extension-registry', 'the extension registry', bytes('\x80\x02\x82\x01.')],
    ['model/global-computed', 'a name that is no text', bytes(`\x80\x04K\x01${text4('getcwd')}\x93.`)],
    [
      'model/global-computed',
      'a name that a call computes',
      bytes(`\x80\x04cbuiltins\nstr\n)R${text4('a')}\x93.`),
    ],
    ['model/call-computed', 'a call of what a call returned', bytes('cbuiltins\nlist\n(tR(tR.')],
    ['model/persistent-id', 'a persistent id', bytes('Pwhatever\n.')],
    [
      'model/persistent-id',
      'a storage of a type that torch does not have',
      bytes("(S'storage'\ncbuiltins\nlist\nS'0'\nS'cpu'\nI1\ntQ."),
    ],
    ['model/changes-import', 'BUILD on a class', bytes('cbuiltins\nlist\n}b.')],
    ['model/changes-import', 'SETITEM on a class', bytes('cbuiltins\nlist\nNNs.')],
    ['model/codec', 'a codec other than latin1', bytes("c_codecs\nencode\n(S'a'\nS'zlib'\ntR.")],
  ])('%s: %s', (rule, _, pickle) => {
    expect(rules(pickle)).toEqual([rule])
  })
})

describe('a pickle that breaks is never a pass', () => {
  test.each([
    ['no STOP', bytes('\x80\x02}')],
    ['an unknown byte', bytes('\x80\x02}\xff.')],
    ['an unknown protocol', bytes('\x80\x06N.')],
    ['an empty stack', bytes('0.')],
    ['a missing mark', bytes('t.')],
    ['reaching below a mark', bytes('](a.')],
    ['a memo key that is not there', bytes('h\x05.')],
    ['a key without a value', bytes('}(Nu.')],
    ['a negative length', bytes('T\xff\xff\xff\xff.')],
    ['a length beyond the end', bytes('X\xff\xff\xff\x7f.')],
    ['a frame beyond the end', bytes('\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.')],
  ])('%s', (_, pickle) => {
    const { issues } = read(pickle)
    expect(issues).toHaveLength(1)
    expect(issues[0]).toMatchObject({ rule: 'model/malformed', level: 'unknown' })
  })

  test('bytes after the last pickle', () => {
    expect(read(Buffer.concat([HARMLESS, bytes('\xff\xff')])).issues).toMatchObject([
      { rule: 'model/not-examined', level: 'unknown', offset: HARMLESS.length },
    ])
  })

  test('every real pickle, cut anywhere', async () => {
    for (const protocol of [0, 2, 4, 5]) {
      const whole = await fixture(`plain-${protocol}.pkl`)
      for (let end = 1; end < whole.length; end++) {
        expect(read(whole.subarray(0, end)).issues.map(({ level }) => level)).toContain('unknown')
      }
    }
  })
})

describe('frames that unpicklers read differently are refused, and read across', () => {
  test.each([
    ['a frame in a frame', `\x80\x04\x95\x0b${'\0'.repeat(7)}\x95\x01${'\0'.repeat(7)}N.`, []],
    ['an opcode that straddles a frame', `\x80\x04\x95\x02${'\0'.repeat(7)}\x8c\x01a.`, []],
    ['a pickle that ends inside one', `\x80\x04\x95\x09${'\0'.repeat(7)}N.N.N.N.N.`, []],
    ['an import that straddles one', `\x80\x04\x95\x03${'\0'.repeat(7)}calpha\nf\n.`, ['alpha.f']],
  ])('%s', (_, pickle, imports) => {
    const { issues, globals } = read(bytes(pickle))
    expect(issues).toContainEqual(expect.objectContaining({ rule: 'model/ambiguous', level: 'error' }))
    expect(globals.map(({ module, name }) => `${module}.${name}`)).toEqual(imports)
  })
})

test('whatever CPython imports from a broken pickle is seen, or the pickle is refused', async () => {
  const vectors = JSON.parse(String(await fixture('imports.json'))) as {
    pickle: string
    imports: string[][]
  }[]
  expect(vectors).toHaveLength(400)
  for (const { pickle, imports } of vectors) {
    const { globals, issues } = read(Buffer.from(pickle, 'base64'))
    if (issues.some(({ rule }) => rule === 'model/ambiguous')) continue
    expect(globals.map(({ module, name }) => [module, name])).toEqual(expect.arrayContaining(imports))
  }
})

test.each(['I\0x\n', 'I\n', 'I0x1f\n', 'I0b1\n', 'L017L\n', 'F1_0.5\n', 'F1\0\n', 'Np0\0}\n'])(
  'a number that one of the unpicklers reads does not stop the machine: %j',
  (number) => {
    expect(read(bytes(`${number}cos\ngetcwd\n.`)).globals).toMatchObject([{ name: 'getcwd' }])
  },
)

describe('caps', () => {
  const limits = { ...LIMITS, opcodes: 10, memo: 3, stack: 4 }
  test.each([
    ['opcodes', 'N0'.repeat(20)],
    ['a memo', `N${'\x94'.repeat(5)}`],
    ['a stack', 'N'.repeat(8)],
  ])('on %s end the reading without a pass', (what, pickle) => {
    const { issues } = readPickles(bytes(`${pickle}.`), POLICY, limits)
    expect(issues).toMatchObject([{ rule: 'model/not-examined', level: 'unknown' }])
    expect(issues[0]?.message).toContain(what)
  })
})

test('any bytes are read to an end, and a call before them is still seen', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const { issues } = read(Buffer.concat([bytes('cos\ngetcwd\n(tR'), tail]))
      expect(issues[0]).toMatchObject({ global: 'os.getcwd', level: 'error' })
    }),
  )
})

test('bytes that reach STOP leave no doubt, and others leave one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (pickle) => {
      const { issues, pickles } = read(pickle)
      if (pickles === 0) expect(issues.length).toBeGreaterThan(0)
    }),
  )
})
