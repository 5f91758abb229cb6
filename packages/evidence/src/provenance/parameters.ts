import { SluiceError } from '@sluice/errors'
import { parseStrictJson } from '../bundle/strict-json.js'

/** A workflow is dispatched with at most 25 inputs and called with any number; a repository sees at most 1,500 vars (GitHub docs). */
const COUNT_LIMIT = 2000
/** GitHub's caps: 65,535 characters of inputs, 48 KB a variable and 256 KB of them a level. */
const TOTAL_LIMIT = 1024 * 1024
/** As GitHub spells inputs and variables. */
const NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]{0,254}$/

/** Words in a name that make its value none of a reader's business. */
const SECRET_WORDS = new Set([
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'secrets',
  'token',
  'pat',
  'credential',
  'credentials',
  'apikey',
  'authorization',
  'bearer',
  'cookie',
])
/** What a `key` is called when it opens something; others are columns and names. */
const KEY_WORDS = new Set(['api', 'access', 'private', 'secret', 'ssh', 'deploy', 'signing', 'encryption'])
/** What is a secret by its looks, whatever it is called: keys and tokens of known make, URLs with a password. */
const SECRET_LOOKS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{20,})/,
  /\b(A(KI|SI)A[A-Z0-9]{16}|AIza[\w-]{35}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|npm_[A-Za-z0-9]{36})/,
  /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
]

export type ParameterValue = string | number | boolean | null
export type Parameters = Readonly<Record<string, ParameterValue>>

/** What came from outside the workflow, as SLSA's `externalParameters` takes it. Members that are empty are left out. */
export interface ExternalParameters {
  /** Of the workflow that the event started. */
  readonly inputs?: Parameters
  /** Of the reusable workflow that signs, where they are others. */
  readonly callInputs?: Parameters
  readonly vars?: Parameters
}

export interface ParameterSources {
  /** The event's payload; hostile. */
  readonly event: unknown
  /** `toJSON(inputs)` of the workflow that signs. */
  readonly inputs?: string
  /** `toJSON(vars)` */
  readonly vars?: string
  /** Whether a text holds a value that this run knows to be a secret. */
  masked(text: string): boolean
}

/**
 * The inputs and variables of a run. Provenance is often public and never taken back, so a value that is a secret by
 * its name, by its looks or because the run masks it is left out, and so named.
 * @returns also `redacted`, such as `inputs.api-token`, sorted
 * @throws SluiceError SIGN_PARAMETERS when they are no flat JSON object of texts, numbers and booleans, or too many
 */
export function externalParameters(sources: ParameterSources): {
  readonly parameters: ExternalParameters
  readonly redacted: readonly string[]
} {
  const event = flat(dispatched(sources.event), 'The inputs of the event')
  const given = flat(parse(sources.inputs, 'workflow-inputs'), '`workflow-inputs`')
  const vars = flat(parse(sources.vars, 'workflow-vars'), '`workflow-vars`')
  const redacted: string[] = []
  const member = (name: string, values: Parameters) => {
    const entries = Object.entries(values)
    const open = entries.filter(([key, value]) => !isSecret(key, value, sources.masked))
    const shown = new Set(open.map(([key]) => key))
    redacted.push(...entries.filter(([key]) => !shown.has(key)).map(([key]) => `${name}.${key}`))
    return open.length === 0 ? {} : { [name]: Object.fromEntries(open) }
  }
  return {
    parameters: {
      ...member('inputs', event),
      ...member('callInputs', isSame(given, event) ? {} : given),
      ...member('vars', vars),
    },
    redacted: redacted.sort(),
  }
}

function dispatched(event: unknown): unknown {
  return typeof event === 'object' && event !== null && Object.hasOwn(event, 'inputs')
    ? (event as { inputs: unknown }).inputs
    : undefined
}

function parse(text: string | undefined, input: string): unknown {
  if (text === undefined) return undefined
  if (text.length > TOTAL_LIMIT) throw unfit(`\`${input}\` has ${text.length} characters`)
  try {
    return parseStrictJson(text, `\`${input}\``)
  } catch (cause) {
    throw unfit(`\`${input}\` is not one unambiguous JSON document`, cause)
  }
}

function flat(value: unknown, what: string): Parameters {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw unfit(`${what} are no JSON object`)
  const entries = Object.entries(value)
  if (entries.length > COUNT_LIMIT) throw unfit(`${what} are ${entries.length}`)
  let total = 0
  for (const [name, entry] of entries) {
    if (!NAME.test(name)) throw unfit(`${what} hold the name ${JSON.stringify(name.slice(0, 100))}`)
    if (entry !== null && !['string', 'number', 'boolean'].includes(typeof entry))
      throw unfit(`${what} hold something nested at \`${name}\``)
    total += name.length + String(entry).length
  }
  if (total > TOTAL_LIMIT) throw unfit(`${what} have ${total} characters`)
  return Object.fromEntries(entries) as Parameters
}

/** In a workflow that is no reusable one, `inputs` are the event's, which has them as texts. */
function isSame(given: Parameters, event: Parameters): boolean {
  return Object.entries(given).every(
    ([name, value]) => Object.hasOwn(event, name) && String(value ?? '') === String(event[name] ?? ''),
  )
}

function isSecret(name: string, value: ParameterValue, masked: (text: string) => boolean): boolean {
  if (typeof value === 'boolean' || value === null || value === '') return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_]/)
  const keyed = words.some((word, i) => word === 'key' && KEY_WORDS.has(words[i - 1] ?? ''))
  if (keyed || words.some((word) => SECRET_WORDS.has(word))) return true
  const text = String(value)
  return looksSecret(text) || masked(text)
}

/** Whether a text holds a key or token of known make, or a URL with a password. */
export function looksSecret(text: string): boolean {
  return SECRET_LOOKS.some((pattern) => pattern.test(text))
}

function unfit(found: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'SIGN_PARAMETERS',
    `${found}; expected one flat object of at most ${COUNT_LIMIT} names with texts, numbers or booleans, 1 MiB in all.`,
    { remedy: 'Give the expressions `toJSON(inputs)` and `toJSON(vars)` as they are.', cause },
  )
}
