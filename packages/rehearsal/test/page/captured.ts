import { readFileSync } from 'node:fs'
import { collect, type Look, type ReportData, readNotes, type Source } from '../../src/page/index.js'

interface Captured {
  readonly files: Record<string, unknown>
  readonly ledgers: Record<string, { records: { kind: string; predicate: { startedAt: string } }[] }>
  readonly looks: readonly (readonly Look[])[]
  readonly notes: unknown
}

/** A real run of the demo (fixtures/README.md), fresh for each caller. */
export function captured(): Captured {
  return JSON.parse(readFileSync(new URL('fixtures/flight-delays.json', import.meta.url), 'utf8'))
}

export function sourcesOf(files: Record<string, unknown>): Source[] {
  return Object.entries(files).map(([file, value]) => ({ file, text: JSON.stringify(value) }))
}

/** The page's data of that run. */
export function flightDelays(): ReportData {
  const { files, ledgers, looks, notes } = captured()
  const rollouts = ledgers['prod']!.records.filter(({ kind }) => kind === 'rollout')
  const known = new Map(rollouts.map(({ predicate }, index) => [predicate.startedAt, looks[index]]))
  const read = readNotes(notes)
  if (read.state === 'unread') throw new Error(read.because)
  return {
    title: 'flight-delays',
    madeAt: '2026-11-25T04:30:00.000Z',
    ...read.value,
    ...collect(
      sourcesOf(files),
      Object.entries(ledgers).map(([name, value]) => ({
        file: `${name}.json`,
        text: JSON.stringify(value),
        verified: true,
      })),
      (predicate) => known.get((predicate as { startedAt: string }).startedAt),
    ),
  }
}
