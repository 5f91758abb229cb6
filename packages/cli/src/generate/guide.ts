import { SluiceError } from '@sluice/errors'
import { type AnyAction, type Guide, type InputDeclarations, kebab } from '@sluice/toolkit'
import { PROJECT } from '@sluice/verdict'
import { parse } from 'yaml'

/** Stands for the commit of a release, which no file in that release can name. */
export const COMMIT = '0123456789abcdef0123456789abcdef01234567'
export const CHECKOUT = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0'

/** A guide's workflow as a reader copies it. @throws SluiceError GENERATE_GUIDE when it would not run with this action */
export function guideWorkflow(guide: Guide, action: AnyAction): string {
  const text = guide.workflow
    .trim()
    .replaceAll('uses: $checkout', `uses: ${CHECKOUT}`)
    .replaceAll(
      /uses: \$\/actions\/([\w-]+)/g,
      (_, name) => `uses: ${PROJECT.repository}/actions/${name}@${COMMIT} # v${PROJECT.version}`,
    )
  const uses = stepsIn(parse(text)).filter((step) => nameIn(step) === action.name)
  const wrong = uses.flatMap((step) => unfit(step, action.inputs as InputDeclarations))
  if (uses.length > 0 && wrong.length === 0) return text
  throw new SluiceError(
    'GENERATE_GUIDE',
    `The guide "${guide.title}" of \`${action.name}\` does not fit its inputs: ${wrong.join(', ') || 'it does not use it'}.`,
    {
      remedy:
        'Use the action in the guide, with every required input and no other names than the inputs have.',
    },
  )
}

interface Step {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** The steps of all jobs of a workflow. */
export function stepsIn(workflow: unknown): Step[] {
  const { jobs = {} } = (workflow ?? {}) as { jobs?: Readonly<Record<string, { steps?: Step[] }>> }
  return Object.values(jobs).flatMap(({ steps = [] }) => steps)
}

/** The name of the suite's action that a step uses. */
export function nameIn({ uses }: Step): string | undefined {
  const prefix = `${PROJECT.repository}/actions/`
  return uses?.startsWith(prefix) ? uses.slice(prefix.length).split('@')[0] : undefined
}

function unfit({ with: given = {} }: Step, declared: InputDeclarations): string[] {
  const inputs = Object.entries(declared).map(([key, input]) => [kebab(key), input] as const)
  const known = new Set(inputs.map(([name]) => name))
  return [
    ...Object.keys(given).filter((name) => !known.has(name)),
    ...inputs.flatMap(([name, { required }]) => (required && !(name in given) ? [name] : [])),
  ]
}
