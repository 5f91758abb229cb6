import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { evidenceOverTime } from '@sluice/rollout'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sluice } from '../src/sluice.js'

interface Captured {
  readonly files: Record<string, unknown>
  readonly ledgers: { prod: { records: { kind: string; predicate: Rollout }[] } }
  readonly notes: unknown
}
interface Rollout {
  readonly analysis: { errors: { e: number; maxE: number; certificateE: number } }
  readonly observations: { intervals: number; canary: { errors: number } }[]
}

const captured = JSON.parse(
  await readFile(new URL('../../rehearsal/test/page/fixtures/flight-delays.json', import.meta.url), 'utf8'),
) as Captured

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-page-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(file: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true })
  await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
}

async function run(...argv: string[]) {
  const out: string[] = []
  const err: string[] = []
  const code = await sluice(['page', ...argv], {
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
  })
  return { code, out: out.join(''), err: err.join('') }
}

const written = (file = '.sluice/report/index.html') => readFile(join(folder, file), 'utf8')

describe('sluice page', () => {
  test('makes a page of what actions left, of a ledger, and of what a rehearsal noted', async () => {
    for (const [file, value] of Object.entries(captured.files)) await put(`.sluice/${file}`, value)
    await put('prod.json', captured.ledgers.prod)
    await put('notes.json', captured.notes)
    const { code, out } = await run('--ledger', 'prod.json', '--notes', 'notes.json')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^\.sluice\/report\/index\.html \(\d+ kB\)\n$/),
    })
    const page = await written()
    for (const text of [
      'The road of flight-delays, rehearsed',
      'Every line came out as it must.',
      'Chart of 36 slices',
      'e ends at 166.4, as the record says',
      'Read from a file: its signatures were not verified',
    ]) {
      expect(page).toContain(text)
    }
    expect((await stat(join(folder, '.sluice/report/index.html'))).size).toBeLessThan(300_000)
  })

  test('ends 0 on a failed verdict, and says it on the page', async () => {
    await put('out/pin-check.json', captured.files['pin-check.json'])
    const { code } = await run('--directory', 'out', '--out', 'page.html', '--title', 'A & B')
    expect(code).toBe(0)
    expect(await written('page.html')).toMatch(/<h1>A &amp; B<\/h1>\s*<p class="conclusion fail">/)
  })

  test('names what could not be read, and then does not say that all is well', async () => {
    await put('.sluice/image-scan.json', { ...(captured.files['candidate/image-scan.json'] as object) })
    await put('.sluice/model-gate.json', '{"action":"model-gate","verdict":"pa')
    await writeFile(join(folder, '.sluice/binary.json'), Buffer.from([0xff, 0xfe, 0x00]))
    expect((await run()).code).toBe(0)
    const page = await written()
    expect(page).toContain('2 files were there and could not be read')
    expect(page).toContain('model-gate.json')
    expect(page).toMatch(/<p class="conclusion open">/)
  })

  test('follows no link out of the folder', async () => {
    await put('elsewhere.json', captured.files['pin-check.json'])
    await put('.sluice/image-scan.json', captured.files['candidate/image-scan.json'])
    await symlink(join(folder, 'elsewhere.json'), join(folder, '.sluice/pin-check.json'))
    expect((await run()).code).toBe(0)
    expect(await written()).not.toContain('pin-check')
  })

  test.each([
    ['PAGE_EMPTY', 2, []],
    ['PAGE_ARGUMENTS', 2, ['--colour', 'blue']],
    ['PAGE_NOTES_INVALID', 2, ['--notes', 'bad.json']],
    ['FILE_NOT_FOUND', 2, ['--ledger', 'none.json']],
    ['FILE_NOT_FOUND', 2, ['--directory', 'nowhere']],
  ])('says %s', async (error, code, argv) => {
    await put('.sluice/other.json', { some: 'thing' })
    await put('bad.json', { story: 'long ago' })
    const done = await run(...argv)
    expect(done).toMatchObject({ code, err: expect.stringMatching(new RegExp(`^${error}: `)) })
  })
})

describe('the evidence of a rollout over time', () => {
  const rollouts = captured.ledgers.prod.records.filter(({ kind }) => kind === 'rollout')
  const [promoted, rolledBack] = rollouts.map(({ predicate }) => predicate) as [Rollout, Rollout]

  test('computed again from the counts ends where the record says', () => {
    for (const record of [promoted, rolledBack]) {
      const looks = evidenceOverTime(record)!
      expect(looks).toHaveLength(record.observations.length)
      expect(looks.at(-1)!.harm).toBeCloseTo(record.analysis.errors.e, 6)
      expect(Math.max(1, ...looks.map(({ harm }) => harm))).toBeCloseTo(record.analysis.errors.maxE, 6)
      expect(Math.max(1, ...looks.map(({ certificate }) => certificate))).toBeCloseTo(
        record.analysis.errors.certificateE,
        6,
      )
    }
  })

  test.each([
    [
      'observations were merged',
      (record: Rollout) => ({
        ...record,
        observations: record.observations.map((one) => ({ ...one, intervals: 2 })),
      }),
    ],
    [
      'more failed than were asked',
      (record: Rollout) => ({
        ...record,
        observations: record.observations.map((one) => ({ ...one, canary: { requests: 1, errors: 2 } })),
      }),
    ],
    ['there is no plan', (record: Rollout) => ({ observations: record.observations })],
    ['it is no record', () => null],
  ])('is not told when %s', (_, bend) => {
    expect(evidenceOverTime(bend(rolledBack))).toBeUndefined()
  })
})
