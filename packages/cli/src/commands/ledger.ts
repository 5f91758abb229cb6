import { parseArgs } from 'node:util'
import { CONFIG_FILE } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import type { LedgerAnswer, LedgerQuestion } from '@sluice/promotion'
import { createFetch, type Io, type Log, openWorkspace, systemClock } from '@sluice/toolkit'
import { logText } from '@sluice/verdict'
import type { Command } from '../command.js'
import { ledgerText } from './ledger-view.js'

const USAGE = `Usage: sluice ledger <environment> [--at <time>] [--ledger <place>] [--key <file>] [--format text|json]

Says what serves an environment, or served it at a time, and on whose word; after it verified the whole chain.

  --at <time>       2026-03-03 (the end of that day, UTC) or 2026-03-03T12:00:00Z; now without it
  --ledger <place>  a folder, or oci://registry/name; that of sluice.yaml without it
  --key <file>      public key whose records count, PEM; \`recordsSignedBy\` of sluice.yaml without it
  --config <file>   sluice.yaml without it
  --format          text or json
`

/** Answers from an environment's ledger; a record that does not hold ends in LEDGER_BROKEN and exit code 1. */
export const ledger: Command = {
  name: 'ledger',
  summary: 'Say what serves an environment, or served it when, and on whose word.',
  async run(argv, io) {
    const { name, values } = parse(argv)
    if (values.help === true || name === undefined) {
      const print = values.help === true ? io.stdout : io.stderr
      print(USAGE)
      return values.help === true ? 0 : 2
    }
    const { at, config, format, key, ledger: place } = values
    const answer = await answerHere(
      {
        environment: name,
        config: config ?? CONFIG_FILE,
        place,
        key,
        ...(at === undefined ? {} : { at: parseTime(at) }),
      },
      io,
    )
    const { ledgerJson } = await import('@sluice/promotion')
    io.stdout(format === 'json' ? ledgerJson(answer) : `${logText(ledgerText(answer))}\n`)
    return 0
  },
}

/** Reads and verifies an environment's ledger from a person's machine. @throws SluiceError as `answerOf` of promotion */
export async function answerHere(
  question: Omit<LedgerQuestion, 'at'> & { at?: Date },
  io: Io,
): Promise<LedgerAnswer> {
  // Loaded here, so that the other commands start without it.
  const { answerOf } = await import('@sluice/promotion')
  return await answerOf(
    { at: systemClock.now(), ...question },
    {
      workspace: await openWorkspace(io.cwd),
      fetch: io.fetch ?? network(io),
      variable: (key) => io.env[key],
    },
  )
}

interface Values {
  readonly at?: string | undefined
  readonly ledger?: string | undefined
  readonly key?: string | undefined
  readonly config?: string | undefined
  readonly format?: string | undefined
  readonly help?: boolean | undefined
}

function parse(argv: readonly string[]): { readonly name: string | undefined; readonly values: Values } {
  const text = { type: 'string' } as const
  const options = {
    at: text,
    ledger: text,
    key: text,
    config: text,
    format: text,
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { positionals, values } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const [name, ...others] = positionals
    if (others.length > 0) throw new Error(`Unexpected argument '${others[0]}'`)
    if (!['text', 'json', undefined].includes(values.format))
      throw new Error(`Unknown format '${values.format}'`)
    if (name !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
      throw new Error(`'${name}' is no environment`)
    return { name, values }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause)
    throw new SluiceError('LEDGER_ARGUMENTS', `${why}.`, {
      remedy: '`sluice ledger --help` lists what it takes.',
      cause,
    })
  }
}

function parseTime(text: string): Date {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const exact = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  const time = new Date(day ? `${text}T23:59:59.999Z` : text)
  if ((day || exact) && !Number.isNaN(time.getTime()) && (!day || time.toISOString().startsWith(text)))
    return time
  throw new SluiceError(
    'LEDGER_ARGUMENTS',
    `\`--at\` is ${JSON.stringify(text.slice(0, 100))}; expected a day or an RFC 3339 time.`,
    {
      remedy: 'Write 2026-03-03, or 2026-03-03T12:00:00Z.',
    },
  )
}

function network(io: Io) {
  const log: Log = { debug: () => {}, info: () => {}, warning: (text) => io.stderr(`${logText(text)}\n`) }
  return createFetch({ clock: systemClock, signal: io.signal, log })
}
