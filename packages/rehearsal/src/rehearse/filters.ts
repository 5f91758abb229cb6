import { SluiceError } from '@sluice/errors'
import { where } from '../plan/refusals.js'
import type { Trigger, Workflow } from '../plan/workflow.js'
import type { Event } from './event.js'

const DEFAULT_TYPES: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
}

/**
 * Whether GitHub would start this workflow on this event.
 * @returns what could not be decided, to be said
 * @throws SluiceError EVENT_NOT_LISTENED, EVENT_FILTERED_OUT
 */
export function checkTrigger(workflow: Workflow, event: Event): string[] {
  const trigger = workflow.triggers.get(event.name)
  if (trigger === undefined) {
    const known = [...workflow.triggers.keys()].join(', ')
    throw new SluiceError(
      'EVENT_NOT_LISTENED',
      `${workflow.place.file} does not listen to \`${event.name}\`; it listens to ${known}.`,
      { remedy: `Give \`--event\` one of ${known}, or add \`${event.name}\` to its \`on\`.` },
    )
  }
  const { filters } = trigger
  const action = event.payload['action']
  const types = filters['types'] ?? DEFAULT_TYPES[event.name]
  if (types !== undefined && typeof action === 'string' && !types.includes(action)) {
    throw filtered(trigger, event, `its activity is \`${action}\`, and \`types\` has ${types.join(', ')}`)
  }
  checkRef(trigger, event)
  return checkPaths(trigger, event)
}

function checkRef(trigger: Trigger, event: Event): void {
  const { filters } = trigger
  const tag = /^refs\/tags\/(.*)$/.exec(event.ref)?.[1]
  if (event.name === 'push' && tag !== undefined) {
    const onlyBranches = filters['branches'] ?? filters['branches-ignore']
    const asked = filters['tags'] ?? filters['tags-ignore']
    if (asked === undefined && onlyBranches !== undefined) {
      throw filtered(trigger, event, `it is of the tag \`${tag}\`, and only branches are listened to`)
    }
    checkName(trigger, event, 'tags', tag)
    return
  }
  const branch = event.name.startsWith('pull_request')
    ? event.baseRef
    : event.ref.replace(/^refs\/heads\//, '')
  if (event.name !== 'push' && !event.name.startsWith('pull_request')) return
  if (
    event.name === 'push' &&
    (filters['tags'] ?? filters['tags-ignore']) &&
    !(filters['branches'] ?? filters['branches-ignore'])
  ) {
    throw filtered(trigger, event, `it is of the branch \`${branch}\`, and only tags are listened to`)
  }
  checkName(trigger, event, 'branches', branch)
}

function checkName(trigger: Trigger, event: Event, key: 'branches' | 'tags', name: string): void {
  const wanted = trigger.filters[key]
  const unwanted = trigger.filters[`${key}-ignore`]
  if (wanted !== undefined && !matchesFilter(wanted, name)) {
    throw filtered(trigger, event, `\`${name}\` is none of \`${key}\`: ${wanted.join(', ')}`)
  }
  if (unwanted !== undefined && matchesFilter(unwanted, name)) {
    throw filtered(trigger, event, `\`${name}\` is one of \`${key}-ignore\`: ${unwanted.join(', ')}`)
  }
}

function checkPaths(trigger: Trigger, event: Event): string[] {
  const { paths, 'paths-ignore': ignored } = trigger.filters
  if (paths === undefined && ignored === undefined) return []
  // GitHub does not look at paths for tags either.
  if (event.ref.startsWith('refs/tags/')) return []
  if (event.changed === undefined || event.changed.length === 0) {
    return [
      `${where(trigger.place)}: which paths changed is not known here; the filter on paths is taken as met.`,
    ]
  }
  const met =
    paths === undefined
      ? event.changed.some((path) => !matchesFilter(ignored!, path))
      : event.changed.some((path) => matchesFilter(paths, path))
  if (!met)
    throw filtered(trigger, event, `none of the ${event.changed.length} changed paths is one it looks at`)
  return []
}

function filtered(trigger: Trigger, event: Event, why: string): SluiceError {
  return new SluiceError(
    'EVENT_FILTERED_OUT',
    `${where(trigger.place)}: GitHub would not start the workflow on this \`${event.name}\`: ${why}.`,
    {
      remedy: 'Rehearse another ref (`--ref`) or payload (`--event-file`), or correct the filter.',
      at: trigger.place,
    },
  )
}

/**
 * GitHub's filter patterns: `*` within a segment, `**` across, `?` and `+` repeat what is before, `[…]` a class, a
 * leading `!` takes out again; later patterns win (docs, "Filter pattern cheat sheet").
 */
export function matchesFilter(patterns: readonly string[], name: string): boolean {
  let met = false
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!')
    if (expressionOf(negative ? pattern.slice(1) : pattern).test(name)) met = !negative
  }
  return met
}

function expressionOf(pattern: string): RegExp {
  let source = ''
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!
    if (pattern.startsWith('**/', index)) {
      source += '(?:.*/)?'
      index += 2
    } else if (pattern.startsWith('**', index)) {
      source += '.*'
      index += 1
    } else if (character === '*') source += '[^/]*'
    else if ((character === '?' || character === '+') && source !== '' && !/[*?+]$/.test(source))
      source += character
    else if (character === '[' && pattern.indexOf(']', index) > index + 1) {
      const end = pattern.indexOf(']', index)
      source += `[${pattern.slice(index + 1, end).replaceAll(/[\\^[]/g, '\\$&')}]`
      index = end
    } else source += character.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  }
  return new RegExp(`^${source}$`)
}
