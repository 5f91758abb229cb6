import type { PlannedStep } from '../contract.js'
import { invalid, unsupported } from './refusals.js'
import type { TemplateToken, Tokens } from './tokens.js'

const PARALLEL = ['background', 'wait', 'wait-all', 'cancel', 'parallel']

/** @throws SluiceError REHEARSAL_UNSUPPORTED for steps in parallel and for actions in containers */
export function readSteps(tokens: Tokens, job: TemplateToken): PlannedStep[] {
  return tokens.items(tokens.get(job, 'steps')).map((step) => readStep(tokens, step))
}

function readStep(tokens: Tokens, step: TemplateToken): PlannedStep {
  const place = tokens.place(step)
  for (const { key, at } of tokens.entries(step)) {
    if (PARALLEL.includes(key)) {
      throw unsupported(
        tokens.place(at),
        `steps in parallel (\`${key}\`)`,
        'Let the steps run one after another, or put them into jobs of their own.',
      )
    }
  }
  const optional = (name: string) => tokens.optional(step, name)
  const settings = {
    id: optional('id'),
    name: optional('name'),
    if: optional('if'),
    timeoutMinutes: optional('timeout-minutes'),
    workingDirectory: optional('working-directory'),
  }
  return {
    ...(defined(settings) as Pick<PlannedStep, keyof typeof settings>),
    env: tokens.texts(tokens.get(step, 'env')),
    continueOnError: optional('continue-on-error') ?? 'false',
    place,
    does: readWork(tokens, step),
  }
}

function readWork(tokens: Tokens, step: TemplateToken): PlannedStep['does'] {
  const script = tokens.optional(step, 'run')
  if (script !== undefined) {
    const shell = tokens.optional(step, 'shell')
    return { kind: 'run', script, ...(shell === undefined ? {} : { shell }) }
  }
  const entry = tokens.entries(step).find(({ key }) => key === 'uses')
  const uses = tokens.optional(step, 'uses') ?? ''
  const place = tokens.place(entry?.at ?? step)
  if (uses.startsWith('docker://')) {
    throw unsupported(place, `actions in containers (\`${uses}\`)`, 'Use a JavaScript or composite action.')
  }
  if (/^[$.]\/.*@/.test(uses)) {
    throw invalid(
      place,
      `\`${uses}\` names a ref; a path in a repository that is at hand takes none.`,
      `Write \`${uses.slice(0, uses.indexOf('@'))}\`.`,
    )
  }
  if (!/^(\$\/|\.\/|[\w.-]+\/[\w.-]+(\/[^@]*)?@.)/.test(uses) && uses !== './' && uses !== '.') {
    throw invalid(
      place,
      `\`${uses}\` names no action.`,
      'Write `owner/name@ref`, `owner/name/path@ref`, `$/path` or `./path`.',
    )
  }
  return { kind: 'uses', uses, with: tokens.texts(tokens.get(step, 'with')) }
}

/** The entries that have a value: absent is not undefined (exactOptionalPropertyTypes). */
export function defined<T extends object>(record: T): Partial<{ [Key in keyof T]: NonNullable<T[Key]> }> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never
}
