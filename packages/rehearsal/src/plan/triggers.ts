import { nearest } from '@sluice/errors'
import { invalid } from './refusals.js'
import type { TemplateToken, Tokens } from './tokens.js'
import {
  INPUT_TYPES,
  type InputDeclaration,
  type InputType,
  type Trigger,
  type Triggers,
} from './workflow.js'

const FILTERS = [
  ...['branches', 'branches-ignore', 'tags', 'tags-ignore', 'paths', 'paths-ignore', 'types'],
  'workflows',
]
const INPUT_KEYS = ['description', 'type', 'required', 'default', 'options', 'deprecationMessage']

/** `on:` in its three forms. */
export function readTriggers(tokens: Tokens, on: TemplateToken): Triggers {
  if (!tokens.isMapping(on)) {
    const place = tokens.place(on)
    const bare = { place, filters: {}, inputs: new Map(), secrets: new Map(), outputs: {} }
    return new Map(tokens.list(on).map((event) => [event, bare]))
  }
  return new Map(tokens.entries(on).map(({ key, at, value }) => [key, readTrigger(tokens, at, value)]))
}

function readTrigger(tokens: Tokens, at: TemplateToken, value: TemplateToken): Trigger {
  const place = tokens.place(at)
  const filters: Record<string, readonly string[]> = Object.fromEntries(
    tokens
      .entries(value)
      .filter(({ key }) => FILTERS.includes(key))
      .map((entry) => [entry.key, tokens.list(entry.value)]),
  )
  const crons = tokens.items(value).map((item) => tokens.optional(item, 'cron') ?? '')
  if (crons.length > 0) filters['cron'] = crons
  const inputs = tokens.entries(tokens.get(value, 'inputs')).map((entry) => {
    return [entry.key, readInput(tokens, entry.key, entry.at, entry.value)] as const
  })
  const secrets = tokens.entries(tokens.get(value, 'secrets')).map((entry) => {
    const required = tokens.optional(entry.value, 'required') === 'true'
    return [entry.key, { required, place: tokens.place(entry.at) }] as const
  })
  const outputs = tokens.entries(tokens.get(value, 'outputs')).map((entry) => {
    return [entry.key, tokens.optional(entry.value, 'value') ?? '']
  })
  return {
    place,
    filters,
    inputs: new Map(inputs),
    secrets: new Map(secrets),
    outputs: Object.fromEntries(outputs),
  }
}

function readInput(tokens: Tokens, name: string, at: TemplateToken, value: TemplateToken): InputDeclaration {
  for (const entry of tokens.entries(value)) {
    if (INPUT_KEYS.includes(entry.key)) continue
    // GitHub's own npm parser lets this pass; its server does not.
    const near = nearest(entry.key, INPUT_KEYS)
    const hint = near === undefined ? '' : `Did you mean \`${near}\`? `
    throw invalid(
      tokens.place(entry.at),
      `input \`${name}\` has the unknown key \`${entry.key}\`.`,
      `${hint}An input takes ${INPUT_KEYS.join(', ')}.`,
    )
  }
  const type = tokens.optional(value, 'type') ?? 'string'
  const fallback = tokens.get(value, 'default')
  if (!INPUT_TYPES.includes(type as InputType)) {
    throw invalid(
      tokens.place(at),
      `input \`${name}\` has the unknown type \`${type}\`.`,
      `Use one of ${INPUT_TYPES.join(', ')}.`,
    )
  }
  return {
    type: type as InputType,
    required: tokens.optional(value, 'required') === 'true',
    ...(fallback === undefined ? {} : { default: tokens.value(fallback) }),
    options: tokens.list(tokens.get(value, 'options')),
    place: tokens.place(at),
  }
}
