import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import { dataSection, inferSchema } from '@sluice/evaluation'
import { type Context, readWaivers } from '@sluice/toolkit'
import { parseSubject, type Result, resultOf } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { checkTable } from './check-table.js'
import { evidence, headline, sections } from './publish.js'
import { openTable, readAll } from './read.js'
import { readResults } from './results.js'

/** Holds a table against its schema and its reference, and takes over what other tools found in it. */
export async function gateData(inputs: Inputs, context: Context): Promise<Result> {
  if (inputs.infer !== undefined) return await infer(inputs, inputs.infer, context)
  const policy = await loadSection(context.workspace, inputs.config, dataSection)
  const accept = await readWaivers(inputs, context, 'data')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  const results = await readResults(inputs.results, context)
  if (inputs.data === undefined && results.length === 0) throw dataMissing()

  const table =
    inputs.data === undefined ? undefined : await checkTable(inputs.data, inputs.reference, policy, context)
  const findings = accept([...(table?.findings ?? []), ...results.flatMap((result) => result.findings)])
  return resultOf({
    headline: headline(table, results, findings),
    findings,
    sections: sections(table, results),
    outputs: {
      rows: table === undefined ? '' : String(table.rows),
      columns: String(table?.schema.columns.length ?? 0),
      checks: String(results.reduce((sum, { checks }) => sum + checks, 0)),
      drifted: (table?.outcomes ?? [])
        .filter(({ state }) => state === 'bad')
        .map(({ column }) => column)
        .join('\n'),
      schema: '',
    },
    statements: subject === undefined ? [] : [evidence(subject, table, results, findings, policy)],
  })
}

async function infer(inputs: Inputs, file: string, context: Context): Promise<Result> {
  if (inputs.data === undefined) throw dataMissing()
  if (await context.workspace.exists(file)) throw schemaExists(file)
  const opened = await openTable(context.workspace, inputs.data)
  const { keys, table } = await readAll(opened)
  const yaml = inferSchema(table, keys)
  const path = await context.workspace.write(file, yaml)
  return resultOf({
    verdict: 'pass',
    headline: `A schema of ${opened.columns.length} columns was inferred from ${table.rows} rows; nothing was checked.`,
    sections: [{ kind: 'command', title: 'For sluice.yaml, once a person has read it', command: yaml }],
    outputs: { rows: String(table.rows), columns: '0', checks: '0', drifted: '', schema: path },
  })
}

/** A schema that a person has reviewed is not written over by one that nobody has. */
function schemaExists(file: string): SluiceError {
  return new SluiceError('DATA_SCHEMA_EXISTS', `${file} exists already; \`infer\` writes over nothing.`, {
    remedy: 'Name another file, or remove this one first.',
  })
}

function dataMissing(): SluiceError {
  return new SluiceError('DATA_MISSING', 'Neither `data` nor `results` is given.', {
    remedy: 'Give the table as `data`, or what another tool found in it as `results`.',
  })
}
