import { readFileSync } from 'node:fs'
import { crc32, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { zipMember, zipMembers } from '../../src/harness/zip-member.js'
import { zstdDecompressed } from '../../src/harness/zstd-frames.js'
import { openSamples } from '../../src/samples/read.js'
import type { InputFormat } from '../../src/table/read.js'

const sample = (file: string) =>
  new Uint8Array(readFileSync(new URL(`../harness/samples/${file}`, import.meta.url)))
const bytes = (text: string) => new TextEncoder().encode(text)

function open(file: string, format: InputFormat, wanted: readonly string[], content = sample(file)) {
  return openSamples(file, content, format)?.read(new Set(wanted))
}

describe('what a sample holds', () => {
  test('lm-evaluation-harness: a row a document, a column a filter', () => {
    const { names, rows } = open('lm-eval-samples-champion.jsonl', 'json-lines', [
      'exact_match,strict-match',
      'exact_match,flexible-extract',
      'doc.airport',
      'target',
    ])!
    expect(names).toEqual(['exact_match,strict-match', 'exact_match,flexible-extract'])
    expect(rows).toHaveLength(50)
    // The third says "on time" without the sentence that the strict filter wants.
    expect(rows[2]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      answer: '1',
      prompt: expect.stringMatching(/^[0-9a-f]{64}$/),
      target: expect.stringMatching(/^[0-9a-f]{64}$/),
      cells: new Map<string, unknown>([
        ['exact_match,strict-match', 0],
        ['exact_match,flexible-extract', 1],
        ['doc.airport', 'ORD'],
        ['target', 'on time'],
      ]),
    })
  })

  test('inspect_ai: a row an epoch, letters as numbers, what the model was told', () => {
    const { rows } = open('inspect-samples.json', 'summary', [
      'match',
      'style/brief',
      'style/sure',
      'metadata.day',
    ])!
    expect(rows.map(({ answer, id }) => `${id}/${answer}`)).toEqual([
      '0/1',
      '1/1',
      '2/1',
      '0/2',
      '1/2',
      '2/2',
    ])
    expect([...rows[0]!.cells]).toEqual([
      ['match', 1],
      ['style/brief', 1],
      ['style/sure', 0.4],
      ['metadata.day', 0],
    ])
    expect(rows[0]!.prompt).toBe(rows[3]!.prompt)
    expect(rows[0]!.prompt).not.toBe(rows[1]!.prompt)
  })

  test.each<[unknown, number]>([
    ['C', 1],
    ['I', 0],
    ['P', 0.5],
    ['N', 0],
    ['yes', 1],
    ['FALSE', 0],
    [true, 1],
    ['0.25', 0.25],
    // inspect makes 0 of what it cannot read.
    ['maybe', Number.NaN],
    [null, Number.NaN],
    ['', Number.NaN],
    ['constructor', Number.NaN],
  ])('inspect_ai’s value %j is %d', (value, score) => {
    const log = JSON.parse(new TextDecoder().decode(sample('inspect-samples.json')))
    log.samples[0].scores.match.value = value
    log.samples[1].scores.match.value = ['P', value]
    const { rows } = open('a.json', 'summary', ['match', 'match/1'], bytes(JSON.stringify(log)))!
    expect([rows[0]!.cells.get('match'), rows[1]!.cells.get('match/1')]).toEqual([score, score])
  })

  test('filters that were asked otherwise make a row that no other run has', () => {
    const line = (filter: string, prompt: string, target: string) =>
      JSON.stringify({
        doc_id: 0,
        doc_hash: 'h',
        prompt_hash: prompt,
        target_hash: target,
        filter,
        metrics: ['acc'],
        acc: 1,
      })
    const of = (...lines: string[]) => open('a.jsonl', 'json-lines', ['acc'], bytes(lines.join('\n')))!.rows
    expect(of(line('strict', 'p', 't'), line('loose', 'p', 't'))).toMatchObject([
      { prompt: 'p', target: 't' },
    ])
    expect(of(line('strict', 'p', 't'), line('loose', 'q', 'u'))).toMatchObject([
      { prompt: 'p q', target: 't u' },
    ])
  })

  test('the same document twice in a data set is told apart by its number', () => {
    const line = (doc: number, score: number) =>
      JSON.stringify({
        doc_id: doc,
        doc_hash: 'h',
        prompt_hash: 'p',
        target_hash: 't',
        filter: 'none',
        metrics: ['acc'],
        acc: score,
      })
    const { names, rows } = open(
      'a.jsonl',
      'json-lines',
      ['acc'],
      bytes([line(0, 1), line(1, 0)].join('\n')),
    )!
    expect(names).toEqual(['acc'])
    expect(rows.map(({ cells, id }) => [id, cells.get('acc')])).toEqual([
      ['h 0', 1],
      ['h 1', 0],
    ])
  })

  test('promptfoo: a test is known by what it asks, wherever it stands', () => {
    const ids = (file: string) =>
      new Map(
        open(file, 'summary', ['vars.flight'])!.rows.map(({ cells, id }) => [cells.get('vars.flight'), id]),
      )
    const champion = ids('promptfoo-champion.json')
    expect(champion.size).toBe(20)
    expect(ids('promptfoo-candidate.json')).toEqual(champion)
    const both = open('promptfoo-both.json', 'summary', ['new/pass', 'old/pass'])!
    expect(both.rows.map(({ answer }) => answer)).toEqual(['1', '2', '1', '2', '1', '2'])
    expect(both.names).toContain('old/same')
  })
})

describe('files that are no samples, or broken ones', () => {
  test.each<[string, InputFormat, string]>([
    ['a table', 'json-lines', '{"id": 1, "score": 0.5}\n'],
    ['no JSON', 'json-lines', '{"doc_id"'],
    ['a list', 'json-lines', '[1]'],
    ['nothing', 'json-lines', ''],
    ['a summary', 'summary', '{"auc": 0.9}'],
    ['no JSON either', 'summary', '{'],
    ['deep JSON', 'summary', '['.repeat(1000)],
    ['no UTF-8', 'csv', 'a'],
  ])('%s is left to whoever reads it', (_, format, text) => {
    expect(openSamples('a', bytes(text), format)).toBeUndefined()
  })

  const first = new TextDecoder().decode(sample('lm-eval-samples-champion.jsonl')).split('\n')[0]!
  test.each<[string, string]>([
    ['without a hash', first.replace('"doc_hash"', '"hash"')],
    ['without a filter', first.replace('"filter": "strict-match"', '"filter": null')],
  ])('a later line %s is named', (_, line) => {
    expect(() => open('a.jsonl', 'json-lines', [], bytes(`${first}\n${line}`))).toThrow(/line 2 has no/)
  })

  test('keys of the prototype are none of a sample’s', () => {
    const { rows } = open(
      'a.jsonl',
      'json-lines',
      ['doc.constructor', '__proto__', 'doc.toString.name'],
      bytes(first),
    )!
    expect(rows[0]!.cells.size).toBe(0)
  })

  test('no change to an archive makes the reader fall over or a sample vanish', () => {
    const whole = sample('inspect-samples-limit.eval')
    const read = (content: Uint8Array<ArrayBuffer>) => open('x.eval', 'summary', ['match'], content)
    const good = read(whole)!
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const changed = cut ? whole.slice(0, at) : whole.slice()
        if (!cut) changed[at] = byte
        let found: typeof good | undefined
        try {
          found = read(changed)
        } catch (error) {
          expect(error).toMatchObject({ code: 'SAMPLES_MALFORMED' })
          return
        }
        // What is read is what was written, or says that something is missing.
        if (found !== undefined && !found.refusals.some((one) => one.includes('samples are in the log')))
          expect(found.rows).toEqual(good.rows)
      }),
      { numRuns: 1000 },
    )
  })
})

test('no JSON makes a reader of samples fall over', () => {
  const keys = [
    ...[
      'eval',
      'status',
      'results',
      'samples',
      'id',
      'epoch',
      'scores',
      'value',
      'messages',
      'role',
      'total_samples',
    ],
    ...[
      'evalId',
      'version',
      'prompts',
      'raw',
      'label',
      'provider',
      'promptIdx',
      'testCase',
      'vars',
      'assert',
      'config',
      'tests',
    ],
    ...['testCases', 'conversationalTestCases', 'metricsData', 'name', 'score', 'success', 'hyperparameters'],
  ]
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 1, 'x', 'C', Number.NaN),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 5 }),
    ),
  })).any
  const marked = fc.oneof(
    fc.record({ eval: value, status: fc.constant('success'), results: value, samples: fc.array(value) }),
    fc.record({
      evalId: value,
      results: fc.record({ version: fc.constant(3), prompts: value, results: fc.array(value) }),
    }),
    fc.record({
      testCases: fc.array(fc.record({ success: value, metricsData: value, input: value })),
      hyperparameters: value,
    }),
  )
  fc.assert(
    fc.property(fc.oneof(value, marked), (json) => {
      try {
        open('x.json', 'summary', ['score', 'C/x', 'vars.x', 'pass'], bytes(JSON.stringify(json)))
      } catch (error) {
        expect(error).toMatchObject({ code: 'SAMPLES_MALFORMED' })
      }
    }),
    { numRuns: 2000 },
  )
})

test('a member that swells beyond a limit is refused', () => {
  const content = Buffer.alloc(65 * 1024 * 1024, 0x20)
  const zip = new Uint8Array(archive('header.json', zstdCompressSync(content), content))
  expect(zip.length).toBeLessThan(20_000)
  expect(() => open('x.eval', 'summary', [], zip)).toThrow(
    expect.objectContaining({ code: 'SAMPLES_MALFORMED' }),
  )
})

describe('zstd in archives', () => {
  const parts = [Buffer.from('one '), Buffer.alloc(300_000, 7), Buffer.from(' three')]
  const frames = parts.map((part) => zstdCompressSync(part))
  const skippable = Buffer.concat([Buffer.of(0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), Buffer.from('abc')])

  test('every frame counts, and those that say nothing are left out', () => {
    const data = Buffer.concat([frames[0]!, skippable, frames[1]!, frames[2]!])
    expect(Buffer.from(zstdDecompressed(data, 1_000_000)).equals(Buffer.concat(parts))).toBe(true)
    expect(() => zstdDecompressed(data, 300_005)).toThrow()
    for (const end of [1, 6, frames[0]!.length - 1, frames[0]!.length + 5, data.length - 2])
      expect(() => zstdDecompressed(data.subarray(0, end), 1_000_000)).toThrow()
  })

  test('a member of several frames is read whole', () => {
    const content = Buffer.concat(parts)
    const packed = Buffer.concat(frames)
    const zip = archive('a.json', packed, content)
    expect(Buffer.from(zipMember(zip, 'a.json', 1_000_000)!).equals(content)).toBe(true)
    expect([...zipMembers(zip)].map(({ name }) => name)).toEqual(['a.json'])
    zip.writeUInt16LE(0xffff, zip.length - 12)
    expect(() => [...zipMembers(zip)]).toThrow('zip64')
  })
})

/** An archive of one member, compressed by method 93. */
function archive(name: string, packed: Buffer, content: Buffer): Buffer {
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(93, 10)
  entry.writeUInt32LE(crc32(content), 16)
  entry.writeUInt32LE(packed.length, 20)
  entry.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end])
}
