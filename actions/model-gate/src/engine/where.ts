import { SluiceError } from '@sluice/errors'
import { SERVER_NAMES, type ServerName } from '@sluice/evaluation'
import type { Inputs } from '../action.js'

/** Where the rows are added up: in this process, in DuckDB over files, or in a server over its tables. */
export type Where =
  | { readonly kind: 'files'; readonly engine: 'auto' | 'in-process' | 'duckdb' }
  | {
      readonly kind: 'server'
      readonly engine: ServerName
      readonly url: string
      readonly candidate: string
      readonly champion: string | undefined
    }

/** @throws SluiceError ENGINE_INPUTS_INVALID */
export function whereOf(inputs: Inputs): Where {
  const { engine } = inputs
  if (!isServer(engine)) {
    const stray = (
      ['candidateTable', 'championTable', 'engineUrl', 'engineUser', 'enginePassword'] as const
    ).find((name) => inputs[name] !== undefined)
    if (stray === undefined) return { kind: 'files', engine }
    throw invalid(
      `${SHOWN[stray]} is set, and \`engine: ${engine}\` is no server.`,
      `Set \`engine\` to ${SERVER_NAMES.join(', ')}, or leave ${SHOWN[stray]} out.`,
    )
  }
  if (inputs.candidate !== undefined || inputs.champion !== undefined)
    throw invalid(
      `A file is given, and \`engine: ${engine}\` reads tables of its own.`,
      'Name the tables with `candidate-table` and `champion-table` instead of `candidate` and `champion`.',
    )
  if (inputs.plan)
    throw invalid('A plan needs the rows themselves.', 'Plan with files, or with what `assume` says.')
  const { candidateTable: candidate, engineUrl: url } = inputs
  if (candidate === undefined || url === undefined)
    throw invalid(
      `\`engine: ${engine}\` needs ${candidate === undefined ? '`candidate-table`' : '`engine-url`'}.`,
      'Say where the engine is and which table holds the predictions; see docs/engines.md.',
    )
  return { kind: 'server', engine, url, candidate, champion: inputs.championTable }
}

const SHOWN = {
  candidateTable: '`candidate-table`',
  championTable: '`champion-table`',
  engineUrl: '`engine-url`',
  engineUser: '`engine-user`',
  enginePassword: '`engine-password`',
} as const

function isServer(engine: Inputs['engine']): engine is ServerName {
  return (SERVER_NAMES as readonly string[]).includes(engine)
}

function invalid(message: string, remedy: string): SluiceError {
  return new SluiceError('ENGINE_INPUTS_INVALID', message, { remedy })
}
