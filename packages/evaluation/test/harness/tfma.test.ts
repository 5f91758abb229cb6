import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFindings } from '../../src/harness/check-findings.js'
import { readHarness } from '../../src/harness/read.js'
import { Message } from '../../src/harness/tfma/protobuf.js'
import { crc32c, tfRecords } from '../../src/harness/tfma/tf-record.js'

/** Written by TensorFlow Model Analysis itself: see write/README.md. */
const sample = (file: string) => new Uint8Array(readFileSync(new URL(`samples/${file}`, import.meta.url)))
const read = (file: string) => readHarness(file, sample(file))

/** Messages by hand, for what no tool would write. */
const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))]
const bytes = (number: number, content: readonly number[] | string): number[] => {
  const data = typeof content === 'string' ? [...new TextEncoder().encode(content)] : content
  return [...varint(number * 8 + 2), ...varint(data.length), ...data]
}
const flag = (number: number, value = 1): number[] => [...varint(number * 8), ...varint(value)]
const double = (number: number, value: number): number[] => [
  ...varint(number * 8 + 1),
  ...new Uint8Array(new Float64Array([value]).buffer),
]

function record(message: readonly number[]): number[] {
  const data = Uint8Array.from(message)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setUint32(0, data.length, true)
  const masked = (part: Uint8Array) => {
    const crc = crc32c(part)
    const sum = new Uint8Array(4)
    new DataView(sum.buffer).setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true)
    return sum
  }
  return [...length, ...masked(length), ...data, ...masked(data)]
}

const validation = (...messages: number[][]) =>
  readHarness('validations.tfrecord', Uint8Array.from(messages.flatMap(record)))
const metrics = (...messages: number[][]) =>
  readHarness('metrics-00000-of-00001.tfrecord', Uint8Array.from(messages.flatMap(record)))
const metric = (name: string, value: number[], ...more: number[][]) =>
  bytes(51, [...bytes(1, bytes(1, name)), ...bytes(2, value), ...more.flat()])

test('CRC-32C of RFC 3720, B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
})

describe('files that TensorFlow Model Analysis wrote', () => {
  test.each(['metrics-tfma.tfrecord', 'metrics-tfma.parquet'])(
    '%s: both models, their difference, slices',
    async (file) => {
      const { metrics, refusals, tool } = await read(file)
      expect({ refusals, tool }).toEqual({ refusals: [], tool: 'TensorFlow Model Analysis' })
      expect([...metrics.keys()].filter((name) => name.includes('auc')).sort()).toEqual([
        'baseline/auc',
        'candidate/auc',
        'candidate/auc,diff',
        'origin=ATL/baseline/auc',
        'origin=ATL/candidate/auc',
        'origin=ATL/candidate/auc,diff',
        'origin=JFK/baseline/auc',
        'origin=JFK/candidate/auc',
        'origin=JFK/candidate/auc,diff',
      ])
      // Its errors are of another partition every time: the file in TFRecord has 0.0132.
      expect(metrics.get('candidate/auc')).toEqual({
        value: expect.closeTo(0.912174, 6),
        standardError: expect.closeTo(0.0107, 2),
        degreesOfFreedom: 19,
        rows: 400,
      })
      expect(metrics.get('origin=ATL/candidate/auc,diff')).toMatchObject({ rows: 200 })
      expect(metrics.get('candidate/auc,diff')?.value).toBeCloseTo(
        metrics.get('candidate/auc')!.value - metrics.get('baseline/auc')!.value,
        12,
      )
    },
  )

  test.each([
    ['validations-ok.tfrecord', [['validation', 'passed']]],
    ['validations-ok.parquet', [['validation', 'passed']]],
    ['validations-stamped.tfrecord', [['change thresholds', 'skipped']]],
    ['validations-nothing.tfrecord', [['thresholds', 'failed']]],
    ['validations-missing.tfrecord', [['slice origin=ORD', 'failed']]],
  ])('%s', async (file, checks) => {
    expect((await read(file)).checks.map(({ name, state }) => [name, state])).toEqual(checks)
  })

  test('failures, each with what was measured and what was asked for', async () => {
    const { checks } = await read('validations-failed.tfrecord')
    expect(checks.map(({ state }) => state)).toEqual(Array(6).fill('failed'))
    expect(checks.find(({ name }) => name === 'candidate/auc')?.message).toMatch(
      /^it is 0\.9121\d+, to be at least 0\.99$/,
    )
    expect(checks.find(({ name }) => name === 'origin=JFK/candidate/auc,diff')?.message).toMatch(
      /to change by 0\.1$/,
    )
  })
})

describe('what a validation says', () => {
  const ok = flag(1)
  test.each<[string, number[], [string, string][]]>([
    ['that it held', ok, [['validation', 'passed']]],
    ['nothing', [], [['validation', 'failed']]],
    ['that there was no baseline', [...ok, ...flag(7)], [['change thresholds', 'skipped']]],
    ['that there were no thresholds', [...ok, ...flag(6)], [['thresholds', 'failed']]],
    [
      'that a slice is missing',
      [...ok, ...bytes(3, bytes(2, [...bytes(1, 'origin'), ...bytes(2, 'ORD')]))],
      [['slice origin=ORD', 'failed']],
    ],
    [
      'that slices to compare with are missing',
      [...ok, ...bytes(5, bytes(1, bytes(1, 'origin')))],
      [['slices compared with origin', 'failed']],
    ],
    [
      'that a metric failed, and all the same that it held',
      [
        ...ok,
        ...bytes(
          2,
          bytes(3, [...bytes(1, bytes(1, 'auc')), ...bytes(3, bytes(1, double(1, 0.5))), ...bytes(4, 'low')]),
        ),
      ],
      [['auc', 'failed']],
    ],
  ])('%s', async (_, message, checks) => {
    expect((await validation(message)).checks.map(({ name, state }) => [name, state])).toEqual(checks)
  })

  test('a rubber stamp is inconclusive, and what is missing fails', async () => {
    const levels = async (message: number[]) =>
      checkFindings('v', await validation(message)).map(({ level, rule }) => [rule, level])
    expect(await levels([...ok, ...flag(7)])).toEqual([['checks/skipped', 'unknown']])
    expect(await levels([...ok, ...flag(6)])).toEqual([['checks/failed', 'error']])
    expect(await levels(ok)).toEqual([])
  })

  test('two validations, or none, are not to be trusted', async () => {
    expect((await validation(ok, ok)).refusals).toEqual(['it holds 2 validations; expected one'])
  })

  test.each<[string, number[]]>([
    ['a field that nobody knows, which may say that it failed', [...ok, ...flag(8)]],
    ['a field twice', [...ok, ...flag(1, 0)]],
    ['a flag that is a text', bytes(1, 'yes')],
    ['a text that is a flag', [...ok, ...flag(3)]],
    ['a length beyond the end', [...ok, 0x12, 0x7f]],
    ['a number without an end', [0x08, ...Array(11).fill(0xff)]],
    ['a group', [0x0b]],
    ['field 0', [0x00, 0x01]],
  ])('%s is refused', async (_, message) => {
    await expect(validation(message)).rejects.toMatchObject({ code: 'HARNESS_MALFORMED' })
  })
})

describe('what metrics say', () => {
  test('a number, one with bounds, one of replicates; no curve, and NaN for what could not be converted', async () => {
    const value = (number: number, message: number[]) => bytes(number, message)
    const found = await metrics([
      ...bytes(1, []),
      ...metric('example_count', value(1, double(1, 400))),
      ...metric(
        'auc',
        value(1, double(1, 0.75)),
        bytes(3, [...bytes(3, bytes(1, double(1, 0.01))), ...bytes(4, flag(1, 19))]),
      ),
      ...metric('bounded', value(2, bytes(3, double(1, 0.5)))),
      ...metric('replicates', value(9, bytes(4, double(1, 0.25)))),
      ...metric('zero', value(1, [])),
      ...metric('odd', value(3, [])),
      ...metric('text', value(6, [1])),
      ...metric('nan', value(1, double(1, Number.NaN))),
    ])
    expect(Object.fromEntries(found.metrics)).toEqual({
      example_count: { value: 400, rows: 400 },
      auc: { value: 0.75, standardError: 0.01, degreesOfFreedom: 19, rows: 400 },
      bounded: { value: 0.5, rows: 400 },
      replicates: { value: 0.25, rows: 400 },
      zero: { value: 0, rows: 400 },
      odd: { value: Number.NaN, rows: 400 },
      nan: { value: Number.NaN, rows: 400 },
    })
  })

  test('names tell class, average, weights and difference, and slices tell their values', async () => {
    const slice = bytes(1, [
      ...bytes(1, [...bytes(1, 'origin'), ...bytes(2, 'ATL')]),
      ...bytes(1, [...bytes(1, 'day'), ...flag(4, 7)]),
    ])
    const key = [
      ...bytes(1, 'precision'),
      ...bytes(4, 'candidate'),
      ...bytes(2, 'head'),
      ...bytes(3, bytes(1, flag(1, 3))),
      ...bytes(6, flag(1)),
      ...bytes(7, flag(1)),
      ...flag(5),
    ]
    const entry = bytes(51, [...bytes(1, key), ...bytes(2, bytes(1, double(1, 0.5)))])
    expect([...(await metrics([...slice, ...entry])).metrics.keys()]).toEqual([
      'origin=ATL,day=7/candidate/head/precision,class_id=3,micro_average,weighted,diff',
    ])
  })

  test('a metric that stands twice, a slice that broke down, and one file of several are not to be trusted', async () => {
    const one = metric('auc', bytes(1, double(1, 0.5)))
    expect((await metrics(one, one)).refusals).toEqual(['auc stands in it more than once'])
    const broken = bytes(2, [...bytes(1, '__ERROR__'), ...bytes(2, bytes(10, 'too few rows'))])
    expect((await metrics(broken)).refusals).toEqual(['all rows could not be evaluated: too few rows'])
    const shard = await readHarness('metrics-00001-of-00003.tfrecord', Uint8Array.from(record(one)))
    expect(shard.refusals).toEqual(['it is one of 3 files of metrics'])
  })
})

test('a file by another name is refused: its messages do not say what they are', async () => {
  await expect(readHarness('plots.tfrecord', Uint8Array.from(record(flag(1))))).rejects.toThrow(
    'neither `metrics`',
  )
})

test('no change to a TFRecord passes its checksums', () => {
  const whole = Uint8Array.from([...record(flag(1)), ...record(bytes(2, 'x'.repeat(40)))])
  expect(tfRecords(whole)).toHaveLength(2)
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = whole.slice()
      changed[at]! ^= change
      expect(() => tfRecords(changed)).toThrow()
    }),
  )
  for (let end = 1; end < whole.length; end++)
    if (end !== record(flag(1)).length) expect(() => tfRecords(whole.subarray(0, end))).toThrow()
})

test('no change to a message makes its reader fall over', async () => {
  for (const file of ['metrics-tfma.tfrecord', 'validations-failed.tfrecord']) {
    const [whole] = tfRecords(sample(file))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole!.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const changed = cut ? whole!.slice(0, at) : whole!.slice()
        if (!cut) changed[at] = byte
        try {
          await readHarness(file, Uint8Array.from(record([...changed])))
        } catch (error) {
          expect(error).toMatchObject({ code: 'HARNESS_MALFORMED' })
        }
      }),
      { numRuns: 500 },
    )
  }
})

test('no bytes make the reader of messages fall over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
      try {
        const message = new Message(data)
        for (let number = 1; number < 12; number++) message.messages(number)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toBeInstanceOf(RangeError)
      }
    }),
    { numRuns: 2000 },
  )
})
