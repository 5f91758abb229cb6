import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { examineBytes } from '../src/examine.js'
import { picklePolicy } from '../src/pickle/policy.js'
import { bytes, POLICY } from './pickles.js'

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url))
const PIPELINE = [
  'sklearn.pipeline.Pipeline',
  'sklearn.preprocessing._encoders.OneHotEncoder',
  'sklearn.linear_model._logistic.LogisticRegression',
]
const allow = PIPELINE.map((global) => {
  const at = global.lastIndexOf('.')
  return { module: global.slice(0, at), names: [global.slice(at + 1)], reason: 'our own pipeline' }
})
const ALLOWED = picklePolicy({ profiles: ['python', 'numpy', 'joblib'], allow }, '2026-03-03')

describe('a scikit-learn pipeline', () => {
  test.each(['none', 'zlib', 'gzip'])('compressed with %s names its imports', async (compression) => {
    const { issues } = await examineBytes(await fixture(`pipeline-${compression}.joblib`), POLICY)
    expect(issues.map(({ rule, global }) => [rule, global])).toEqual(
      PIPELINE.map((global) => ['model/global-not-allowed', global]),
    )
  })

  test.each(['none', 'zlib', 'gzip'])(
    'compressed with %s passes once they are allowed',
    async (compression) => {
      const { issues, format } = await examineBytes(await fixture(`pipeline-${compression}.joblib`), ALLOWED)
      expect(issues).toEqual([])
      expect(format).toContain('pickle')
    },
  )

  test.each(['bz2', 'xz', 'lz4'])('compressed with %s is not decided', async (compression) => {
    const { issues } = await examineBytes(await fixture(`pipeline-${compression}.joblib`), ALLOWED)
    expect(issues).toMatchObject([{ rule: 'model/not-examined', level: 'unknown' }])
  })

  test('does not pass with an entry that expired', async () => {
    const expired = allow.map((entry) => ({ ...entry, expires: '2026-03-02' }))
    const policy = picklePolicy({ profiles: ['python', 'numpy', 'joblib'], allow: expired }, '2026-03-03')
    const { issues } = await examineBytes(await fixture('pipeline-none.joblib'), policy)
    expect(issues).toHaveLength(PIPELINE.length)
    expect(issues[0]?.message).toContain('expired on 2026-03-02')
  })

  test('with any byte changed never passes silently into a call', async () => {
    const whole = await fixture('pipeline-none.joblib')
    const at = whole.indexOf('OneHotEncoder')
    const changed = Buffer.from(whole)
    changed.write('OneHotDecoder', at)
    expect((await examineBytes(changed, ALLOWED)).issues).toMatchObject([
      { rule: 'model/global-not-allowed' },
    ])
  })
})

test('a forest, whose arrays are structured, is read to its end', async () => {
  const { issues, globals } = await examineBytes(await fixture('forest.joblib'), POLICY)
  expect(issues.map(({ rule }) => rule)).toEqual(Array(3).fill('model/global-not-allowed'))
  expect(globals.map(({ name }) => name)).toContain('Tree')
})

/** A joblib array of `shape` bytes of type `code`, then what follows it. */
function wrapper(parts: {
  code?: string
  flags?: number
  shape?: number
  align?: string
  after: string
}): Buffer {
  const { code = 'u1', flags = 0, shape = 4, align = "S'numpy_array_alignment_bytes'\nI16\ns", after } = parts
  return bytes(
    'cjoblib.numpy_pickle\nNumpyArrayWrapper\n(tR}' +
      `S'shape'\n(I${shape}\nts` +
      `S'dtype'\ncnumpy\ndtype\n(S'${code}'\ntR(I3\nS'|'\nNNNI-1\nI-1\nI${flags}\ntbs${align}b${after}`,
  )
}

describe('an array in the midst of a joblib pickle', () => {
  test('is skipped as joblib skips it', async () => {
    const { issues, format } = await examineBytes(wrapper({ after: '\x01\xffabcd.' }), POLICY)
    expect(issues).toEqual([])
    expect(format).toBe('pickle')
  })

  test('cannot hide the pickle that follows it', async () => {
    const { issues } = await examineBytes(wrapper({ after: '\x01\xffabcdcos\ngetcwd\n(tR.' }), POLICY)
    expect(issues).toMatchObject([{ rule: 'model/dangerous-global' }])
  })

  test.each([
    ['padding that is a pickle for another loader', { after: 'ccos\ngetcwd\n(tR.' }],
    ['padding other than 0xff', { after: '\x02\xffNabcd.' }],
    ['no padding', { align: '', after: 'abcd.' }],
    ['a shape beyond the end', { shape: 400, after: '\x01\xffabcd.' }],
    ['a negative shape', { shape: -4, after: '\x01\xffabcd.' }],
    ['flags that contradict the type', { flags: 1, after: '\x01\xffabcd.' }],
    ['a type that is no plain one', { code: 'u1,O', after: '\x01\xffabcd.' }],
  ])('with %s is not decided', async (_, parts) => {
    const { issues } = await examineBytes(wrapper(parts), POLICY)
    expect(issues.some(({ level }) => level === 'unknown')).toBe(true)
  })

  test('of objects is a pickle of its own', async () => {
    const file = wrapper({ code: 'O8', flags: 63, after: 'cos\ngetcwd\n(tR..' })
    expect((await examineBytes(file, POLICY)).issues).toMatchObject([{ rule: 'model/dangerous-global' }])
  })

  test('of objects is no joblib pickle: an array within it is not skipped', async () => {
    const inner = wrapper({ after: '\x01\xffabcd.' }).toString('latin1')
    const { issues } = await examineBytes(wrapper({ code: 'O8', flags: 63, after: `${inner}.` }), POLICY)
    expect(issues).toMatchObject([{ rule: 'model/malformed', level: 'unknown' }])
  })
})
