import { SluiceError } from '@sluice/errors'
import { columnBuilder } from '../table/builder.js'
import { missingColumns, type Table, type WantedColumn } from '../table/table.js'
import { SAMPLE_COLUMNS, type Sample, type Samples } from './sample.js'

const OWN: Readonly<Record<string, (sample: Sample) => string>> = {
  [SAMPLE_COLUMNS.id]: ({ id }) => id,
  [SAMPLE_COLUMNS.answer]: ({ answer }) => answer,
  [SAMPLE_COLUMNS.prompt]: ({ prompt }) => prompt,
  [SAMPLE_COLUMNS.target]: ({ target }) => target,
}

/**
 * Samples as a table of the wanted columns.
 * @throws SluiceError COLUMN_MISSING, SAMPLES_MISSING, TABLE_TOO_LARGE
 */
export function samplesTable(file: string, samples: Samples, wanted: readonly WantedColumn[]): Table {
  const { names, rows, tool } = samples
  if (rows.length === 0) {
    throw new SluiceError(
      'SAMPLES_MISSING',
      `${file} of ${tool} holds no samples, and a rule is of a column of them.`,
      {
        remedy: 'Let the tool log its samples, or name the metric as its summary does.',
        at: { file },
      },
    )
  }
  const present = new Set<string>(Object.keys(OWN))
  for (const { cells } of rows) for (const name of cells.keys()) present.add(name)
  const missing = missingColumns(file, wanted, [...new Set([...names, ...present])])
  if (missing) throw missing
  const columns = wanted
    .filter(({ name }) => present.has(name))
    .map(({ kind, name }) => {
      const builder = columnBuilder(kind, name, rows.length)
      const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined
      for (const row of rows) builder.add(own === undefined ? row.cells.get(name) : own(row))
      return [name, builder.finish()] as const
    })
  return { rows: rows.length, columns: new Map(columns) }
}
