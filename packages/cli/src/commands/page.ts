import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CONFIG_FILE } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import type { RehearsalNotes, Source } from '@sluice/rehearsal/page'
import { displayPath, type Io, openWorkspace, systemClock } from '@sluice/toolkit'
import { logText } from '@sluice/verdict'
import type { Command } from '../command.js'
import { answerHere } from './ledger.js'

const USAGE = `Usage: sluice page [--directory <folder>] [--ledger <environment or file>] … [--notes <file>] [--title <text>] [--out <file>]

Makes one HTML page of what actions left in a folder: the road, each verdict, evaluations, canaries, ledgers.

  --directory <folder>  where reports and statements lie; .sluice without it
  --ledger <name>       an environment of sluice.yaml, whose ledger is read and verified;
                        or a .json file of \`sluice ledger --format json\`. May be given more than once
  --notes <file>        JSON of what a rehearsal noted: title, facts, story, jobs
  --title <text>        the heading; that of the notes without it
  --config <file>       sluice.yaml without it
  --out <file>          .sluice/report/index.html without it
`

/** Makes the report page. Ends 0 whatever the verdicts on it are: they were decided elsewhere. */
export const page: Command = {
  name: 'page',
  summary: 'Make one HTML page of the reports in a folder, with charts and ledgers.',
  async run(argv, io) {
    const values = parse(argv)
    if (values.help === true) {
      io.stdout(USAGE)
      return 0
    }
    // Loaded here, so that the other commands start without a plotting library.
    const { collect, readFolder, reportPage } = await import('@sluice/rehearsal/page')
    const { evidenceOverTime } = await import('@sluice/rollout')
    const workspace = await openWorkspace(io.cwd)
    const { sources, unread } = await readFolder(await openWorkspace(resolve(io.cwd, values.directory)))
    const ledgers = []
    for (const place of values.ledger) ledgers.push(await ledgerSource(place, values.config, io))
    const notes = values.notes === undefined ? {} : await notesOf(values.notes, io)
    const collected = collect(sources, ledgers, evidenceOverTime)
    const found = collected.reports.length + collected.evaluations.length + collected.rollouts.length
    if (found + ledgers.length + (notes.story?.chapters.length ?? 0) + (notes.jobs?.length ?? 0) === 0) {
      throw new SluiceError('PAGE_EMPTY', `There is no report of an action in \`${values.directory}\`.`, {
        remedy: 'Run an action first, or give the folder that its `report-directory` named as `--directory`.',
      })
    }
    const text = reportPage({
      title: 'The road',
      ...notes,
      ...(values.title === undefined ? {} : { title: values.title }),
      ...collected,
      unread: [...unread, ...collected.unread],
      madeAt: systemClock.now().toISOString(),
    })
    const path = await workspace.write(values.out, text)
    io.stdout(
      `${logText(displayPath(workspace.root, path))} (${Math.ceil(Buffer.byteLength(text) / 1000)} kB)\n`,
    )
    return 0
  },
}

interface Values {
  readonly directory: string
  readonly ledger: readonly string[]
  readonly notes: string | undefined
  readonly title: string | undefined
  readonly config: string | undefined
  readonly out: string
  readonly help: boolean | undefined
}

function parse(argv: readonly string[]): Values {
  const text = { type: 'string' } as const
  const options = {
    directory: text,
    ledger: { type: 'string', multiple: true },
    notes: text,
    title: text,
    config: text,
    out: text,
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { directory, ledger, notes, title, config, out, help } = parseArgs({
      args: [...argv],
      options,
    }).values
    return {
      directory: directory ?? '.sluice',
      ledger: ledger ?? [],
      notes,
      title,
      config,
      out: out ?? '.sluice/report/index.html',
      help,
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause)
    throw new SluiceError('PAGE_ARGUMENTS', `${why}.`, {
      remedy: '`sluice page --help` lists what it takes.',
      cause,
    })
  }
}

/** A ledger as JSON: from a file, as it stands; or of an environment, read and verified now. */
async function ledgerSource(
  place: string,
  config: string | undefined,
  io: Io,
): Promise<Source & { readonly verified: boolean }> {
  if (place.endsWith('.json')) {
    const workspace = await openWorkspace(io.cwd)
    return { file: place, text: await workspace.readText(place), verified: false }
  }
  const answer = await answerHere({ environment: place, config: config ?? CONFIG_FILE }, io)
  const { ledgerJson } = await import('@sluice/promotion')
  return { file: `the ledger of ${place}`, text: ledgerJson(answer), verified: true }
}

async function notesOf(file: string, io: Io): Promise<RehearsalNotes> {
  const { readNotes } = await import('@sluice/rehearsal/page')
  const workspace = await openWorkspace(io.cwd)
  const text = await workspace.readText(file)
  const read = readNotes(parseJson(text))
  if (read.state === 'read') return read.value
  throw new SluiceError('PAGE_NOTES_INVALID', `${file} does not hold a rehearsal's notes: ${read.because}.`, {
    remedy: 'Give the JSON that a rehearsal wrote, with `title`, `facts`, `story` or `jobs`.',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
