import { readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { parseDocument } from 'yaml'
import type { PlannedStep } from '../contract.js'
import { contains } from './contains.js'
import { mapRecord, optional, record, scalar, texts } from './yaml-values.js'

const ACTION_BYTES = 1024 * 1024
const STEPS = 1000

/** An action as its action.yml declares it. */
export interface ActionFile {
  readonly folder: string
  readonly inputs: Readonly<Record<string, ActionInput>>
  readonly outputs: Readonly<Record<string, { readonly value?: string }>>
  readonly runs: NodeRuns | CompositeRuns
}

export interface ActionInput {
  readonly default?: string
  readonly deprecation?: string
}

/** Files are absolute and lie in the action's repository. */
export interface NodeRuns {
  readonly using: 'node'
  readonly main: string
  readonly pre?: string
  readonly preIf: string
  readonly post?: string
  readonly postIf: string
}

export interface CompositeRuns {
  readonly using: 'composite'
  readonly steps: readonly PlannedStep[]
}

/**
 * Reads `action.yml` or `action.yaml`. Nothing of it is evaluated.
 * @param folder the action's own folder
 * @param root the folder that its files must not leave: its repository
 * @throws SluiceError ACTION_MISSING, ACTION_INVALID, REHEARSAL_UNSUPPORTED (a runtime no runner here has)
 */
export async function readActionFile(folder: string, root: string): Promise<ActionFile> {
  const { path, text } = await readText(folder)
  const file = relative(root, path) || path
  const invalid: Reading['invalid'] = (what, remedy = 'Correct the action by GitHub’s metadata syntax.') =>
    new SluiceError('ACTION_INVALID', `${file}: ${what}.`, {
      remedy,
      at: { file },
    })
  const document = parseDocument(text, { prettyErrors: true })
  if (document.errors[0]) throw invalid(document.errors[0].message.split('\n')[0] ?? 'no YAML')
  let data: unknown
  try {
    data = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : 'its aliases cannot be resolved')
  }
  const top = record(data)
  const runs = record(top?.['runs'])
  if (!top || !runs) throw invalid('there is no `runs`')
  return {
    folder,
    inputs: mapRecord(top['inputs'], (input) => ({
      ...optional('default', scalar(input['default'])),
      ...optional('deprecation', scalar(input['deprecationMessage'])),
    })),
    outputs: mapRecord(top['outputs'], (output) => optional('value', scalar(output['value']))),
    runs: await readRuns(runs, { folder, root, file, invalid }),
  }
}

interface Reading {
  readonly folder: string
  readonly root: string
  readonly file: string
  readonly invalid: (what: string, remedy?: string) => SluiceError
}

async function readRuns(
  runs: Readonly<Record<string, unknown>>,
  reading: Reading,
): Promise<ActionFile['runs']> {
  const using = scalar(runs['using']) ?? ''
  if (using === 'composite') {
    const steps = runs['steps']
    if (!Array.isArray(steps)) throw reading.invalid('a composite action needs `runs.steps`')
    if (steps.length > STEPS) throw reading.invalid(`it has more than ${STEPS} steps`)
    return { using, steps: steps.map((step, index) => readStep(record(step), index, reading)) }
  }
  if (using === 'node20' || using === 'node24') {
    const main = await script(runs, 'main', reading)
    if (!main) throw reading.invalid('`runs.main` is missing')
    return {
      using: 'node',
      main,
      ...optional('pre', await script(runs, 'pre', reading)),
      preIf: scalar(runs['pre-if']) ?? 'always()',
      ...optional('post', await script(runs, 'post', reading)),
      postIf: scalar(runs['post-if']) ?? 'always()',
    }
  }
  const why = using === 'docker' ? 'runs in a container' : `has \`using: ${using}\``
  throw new SluiceError(
    'REHEARSAL_UNSUPPORTED',
    `${reading.file} ${why}; node20, node24 and composite can be rehearsed.`,
    {
      remedy: 'Put an action of one of those kinds in its place with --map owner/repo=<folder>.',
      at: { file: reading.file },
    },
  )
}

const STEP_KEYS = [
  'name',
  'id',
  'if',
  'run',
  'shell',
  'uses',
  'with',
  'env',
  'working-directory',
  'continue-on-error',
]

function readStep(
  step: Readonly<Record<string, unknown>> | undefined,
  index: number,
  { file, invalid }: Reading,
): PlannedStep {
  const where = `step ${index + 1}`
  if (!step) throw invalid(`${where} is no mapping`)
  const unknown = Object.keys(step).find((key) => !STEP_KEYS.includes(key))
  if (unknown) throw invalid(`${where} has '${unknown}', which a composite action’s step may not have`)
  const uses = scalar(step['uses'])
  const run = scalar(step['run'])
  if ((uses === undefined) === (run === undefined))
    throw invalid(`${where} needs one of \`run\` and \`uses\``)
  const shell = scalar(step['shell'])
  if (run !== undefined && shell === undefined)
    throw invalid(`${where} needs \`shell\`, as every run step of a composite action`)
  return {
    ...optional('id', scalar(step['id'])),
    ...optional('name', scalar(step['name'])),
    ...optional('if', scalar(step['if'])),
    ...optional('workingDirectory', scalar(step['working-directory'])),
    env: texts(step['env']),
    continueOnError: scalar(step['continue-on-error']) ?? 'false',
    place: { file, line: 1 },
    does:
      uses === undefined
        ? { kind: 'run', script: run ?? '', ...optional('shell', shell) }
        : { kind: 'uses', uses, with: texts(step['with']) },
  }
}

async function script(
  runs: Readonly<Record<string, unknown>>,
  key: 'main' | 'pre' | 'post',
  { folder, root, invalid }: Reading,
): Promise<string | undefined> {
  const written = scalar(runs[key])
  if (written === undefined) return undefined
  const path = await realpath(resolve(folder, written)).catch(() => undefined)
  if (!path) {
    throw invalid(
      `\`runs.${key}\` names '${written}', which is not there`,
      'Build the action first: `npm run bundle` in a checkout of Sluice.',
    )
  }
  if (!contains(await realpath(root), path))
    throw invalid(`\`runs.${key}\` names '${written}', outside its repository`)
  return path
}

async function readText(folder: string): Promise<{ path: string; text: string }> {
  for (const name of ['action.yml', 'action.yaml']) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) continue
    if (found.size > ACTION_BYTES) {
      throw new SluiceError('ACTION_INVALID', `${path} is larger than 1 MiB.`, {
        remedy: 'Point `uses:` at an action.',
      })
    }
    return { path, text: await readFile(path, 'utf8') }
  }
  throw new SluiceError('ACTION_MISSING', `There is no action.yml in ${folder}.`, {
    remedy: 'Check the path in `uses:`; an action of the workspace (`./`) needs a checkout before it.',
  })
}
