import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { isSluiceError, SluiceError } from '@sluice/errors'
import type { Real, RehearseOptions } from '@sluice/rehearsal'
import type { Io } from '@sluice/toolkit'
import { logText } from '@sluice/verdict'
import type { Command } from '../command.js'

const USAGE = `Usage: sluice rehearse <workflow> [--repo <folder>] [--event <name>] [--approve <environment>] …

Runs a workflow on this machine as GitHub would: its jobs and the workflows it calls. GitHub's own parser decides what
it means; what a rehearsal does not do is refused by name.

Stand-ins on this machine take the place of GitHub's services, of Sigstore, and of ghcr.io and the registries that
sluice.yaml names, under their own names; what a rehearsal released is there for the next one. Your folder is not
changed: the copy that a job checks out names the Sigstore in sluice.yaml. What your own steps fetch, they fetch.

  <workflow>             a file of .github/workflows
  --repo <folder>        the repository; the current folder by default
  --event <name>         pull_request, push, workflow_dispatch, schedule, workflow_call …; the workflow's first by default
  --event-file <file>    the event's payload in JSON, instead of one made up from the repository
  --ref <ref>            what is pushed or dispatched; the branch that is checked out by default
  --repository <name>    owner/name of the repository; that of its remote by default
  --actor <login>        who does it; octocat by default
  --input <name=value>   of workflow_dispatch or workflow_call; may be given more than once, as all of these:
  --secret <name=value>  a secret; <name> alone takes it from the environment
  --var <name=value>     a configuration variable
  --approve <name>       approves an environment; others are asked for on a terminal, and refused without one
  --map <owner/name=dir> where the workflows and actions of another repository lie
  --image <name=layout>  an image for the registries: ghcr.io/owner/name[:tag]=<folder of an OCI layout>[:tag]; an input
                         that is ghcr.io/owner/name alone gets its digest
  --artifact <workflow:name=path>
                         what an earlier run of the default branch left, for what reads it by GitHub's API: a file or folder
  --set <key=value>      a value (YAML) that sluice.yaml has in the copy of a job: rollout.traffic.haproxy.socket=/tmp/h.sock
  --real <what>          registry or sigstore: left as it is, to be read and written by the run
  --job <id>             only this job, and what it needs
  --verbose              the whole log
  --format text|json

Ends with 0 when the run succeeds, 1 when it fails, 2 when GitHub or the rehearsal would not start it, 3 when it is
cancelled or the machine fails it.
`

/** Rehearses a workflow. */
export const rehearse: Command = {
  name: 'rehearse',
  summary: "Run a workflow on this machine, with stand-ins for GitHub's services.",
  async run(argv, io) {
    const { workflow, values } = parse(argv)
    if (values.help === true || workflow === undefined) {
      const print = values.help === true ? io.stdout : io.stderr
      print(USAGE)
      return values.help === true ? 0 : 2
    }
    // Loaded here, so that the other commands start without it.
    const rehearsal = await import('@sluice/rehearsal')
    const json = values.format === 'json'
    const page = new rehearsal.RunPage(json ? () => {} : io.stdout, values.verbose === true)
    const images = await Promise.all(
      Object.entries(pairs('image', values.image)).map(([name, source]) =>
        rehearsal.readImage(name, source, io.cwd),
      ),
    )
    const asked = await optionsOf(workflow, values, io)
    const options: RehearseOptions = {
      ...asked,
      inputs: rehearsal.withDigests(asked.inputs ?? {}, images),
      images,
      artifacts: Object.entries(pairs('artifact', values.artifact)).map(([name, path]) =>
        rehearsal.readArtifact(name, path, io.cwd),
      ),
      set: Object.entries(pairs('set', values.set)).map(([key, value]) => rehearsal.readSetting(key, value)),
      events: page.events,
      signal: io.signal,
    }
    const planned = await rehearsal.prepare(options)
    if (!json) io.stdout(rehearsal.headText(planned.facts, planned.workflow.name))
    const outcome = await rehearsal.runPlanned(planned, options)
    io.stdout(json ? rehearsal.outcomeJson(outcome) : rehearsal.outcomeText(outcome))
    return outcome.exitCode
  },
}

const TEXT = { type: 'string' } as const
const TEXTS = { type: 'string', multiple: true, default: [] as string[] } as const
const FLAG = { type: 'boolean', default: false } as const
const OPTIONS = {
  repo: TEXT,
  event: TEXT,
  'event-file': TEXT,
  ref: TEXT,
  repository: TEXT,
  actor: TEXT,
  input: TEXTS,
  secret: TEXTS,
  var: TEXTS,
  approve: TEXTS,
  map: TEXTS,
  image: TEXTS,
  artifact: TEXTS,
  real: TEXTS,
  set: TEXTS,
  job: TEXT,
  format: TEXT,
  verbose: FLAG,
  help: { ...FLAG, short: 'h' },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values']

function parse(argv: readonly string[]): { readonly workflow: string | undefined; readonly values: Values } {
  try {
    const { positionals, values } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
    const [workflow, ...others] = positionals
    if (others.length > 0) throw new Error(`Unexpected argument '${others[0]}'`)
    if (!['text', 'json', undefined].includes(values.format)) {
      throw new Error(`Unknown format '${values.format}'`)
    }
    if (values.repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(values.repository)) {
      throw new Error(`'${values.repository}' is no owner/name`)
    }
    const made = values.real.flatMap((names) => names.split(',')).find((name) => !isReal(name))
    if (made !== undefined) throw new Error(`--real takes registry or sigstore, not '${made}'`)
    return { workflow, values }
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause), cause)
  }
}

async function optionsOf(workflow: string, values: Values, io: Io): Promise<RehearseOptions> {
  const { actor, event, job, ref, repository } = values
  const payload = values['event-file']
  const single = { actor, event, job, ref, repository }
  return {
    repo: resolve(io.cwd, values.repo ?? '.'),
    workflow,
    ...Object.fromEntries(Object.entries(single).filter(([, value]) => value !== undefined)),
    ...(payload === undefined ? {} : { payload: await readPayload(resolve(io.cwd, payload)) }),
    inputs: pairs('input', values.input),
    secrets: pairs('secret', values.secret, io.env),
    vars: pairs('var', values.var),
    approve: values.approve.flatMap((names) => names.split(',')),
    real: values.real.flatMap((names) => names.split(',')).filter(isReal),
    maps: Object.fromEntries(
      Object.entries(pairs('map', values.map)).map(([slug, folder]) => [slug, resolve(io.cwd, folder)]),
    ),
    ...(process.stdin.isTTY && values.format !== 'json' ? { ask } : {}),
  }
}

function isReal(name: string): name is Real {
  return name === 'registry' || name === 'sigstore'
}

/** `name=value` each; a name alone takes its value from `env`, so that a secret need not stand in the command. */
function pairs(
  option: string,
  texts: readonly string[],
  env?: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=')
      const name = at < 0 ? text : text.slice(0, at)
      const value = at < 0 ? env?.[name] : text.slice(at + 1)
      if (name === '' || value === undefined) throw wrong(`--${option} wants name=value`)
      return [name, value]
    }),
  )
}

const PAYLOAD_LIMIT = 25 * 1024 * 1024

async function readPayload(path: string): Promise<NonNullable<RehearseOptions['payload']>> {
  try {
    if ((await stat(path)).size > PAYLOAD_LIMIT) throw new Error('it is larger than 25 MiB')
    const payload: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return payload as never
    throw new Error('it holds no JSON object')
  } catch (cause) {
    if (isSluiceError(cause)) throw cause
    throw wrong(
      `--event-file ${path} cannot be used: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    )
  }
}

async function ask(environment: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`Approve the deployment to ${logText(environment)}? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

function wrong(what: string, cause?: unknown): SluiceError {
  return new SluiceError('REHEARSE_ARGUMENTS', `${what}.`, {
    remedy: '`sluice rehearse --help` lists what it takes.',
    cause,
  })
}
