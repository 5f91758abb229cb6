import type { Permissions, Place } from '../contract.js'
import { invalid } from './refusals.js'
import type { TemplateToken, Tokens } from './tokens.js'

const BOTH = ['read', 'write'] as const

/** Which levels a key has besides `none` (GitHub's schema 0.3.61). */
const LEVELS: Readonly<Record<string, readonly ('read' | 'write')[]>> = {
  actions: BOTH,
  'artifact-metadata': BOTH,
  attestations: BOTH,
  checks: BOTH,
  'code-quality': BOTH,
  contents: BOTH,
  deployments: BOTH,
  discussions: BOTH,
  'id-token': ['write'],
  issues: BOTH,
  models: ['read'],
  packages: BOTH,
  pages: BOTH,
  'pull-requests': BOTH,
  'repository-projects': BOTH,
  'security-events': BOTH,
  statuses: BOTH,
}

/** What a token may where no workflow says: GitHub's restricted default, that of new repositories and organisations. */
export const DEFAULT_PERMISSIONS: Permissions = { contents: 'read', packages: 'read' }

/** The bound of a workflow that nobody calls: everything. */
export const ALL_PERMISSIONS: Permissions = shorthand('write')

const RANK = { none: 0, read: 1, write: 2 } as const

/** A `permissions:` block with the place of each grant. */
export interface Asked {
  readonly permissions: Permissions
  readonly place: Place
  readonly places: Readonly<Record<string, Place>>
}

/** Reads `permissions:`; undefined where there is none. The parser has checked keys and levels. */
export function readPermissions(tokens: Tokens, parent: TemplateToken): Asked | undefined {
  const entry = tokens.entries(parent).find(({ key }) => key === 'permissions')
  if (entry === undefined) return undefined
  const place = tokens.place(entry.at)
  const { value } = entry
  if (!tokens.isMapping(value)) {
    return {
      permissions: shorthand(tokens.text(value) === 'write-all' ? 'write' : 'read'),
      place,
      places: {},
    }
  }
  const grants = tokens.entries(value)
  return {
    permissions: Object.fromEntries(
      grants.map((grant) => [grant.key, tokens.text(grant.value) as 'read' | 'write' | 'none']),
    ),
    place,
    places: Object.fromEntries(grants.map((grant) => [grant.key, tokens.place(grant.at)])),
  }
}

function shorthand(level: 'read' | 'write'): Permissions {
  return Object.fromEntries(
    Object.entries(LEVELS).flatMap(([key, levels]) => {
      if (levels.includes(level)) return [[key, level] as const]
      return level === 'write' && levels.includes('read') ? [[key, 'read'] as const] : []
    }),
  )
}

/** What a calling job may hand on, and the job whose own words bound it: there a grant that is missing is to be added. */
export interface Caller {
  readonly bound: { readonly job: string; readonly place: Place }
  readonly granted: Permissions
}

/**
 * A called workflow may only shrink what its caller grants; GitHub refuses the whole run otherwise, before any job
 * and whatever a condition says (actions/runner, `PermissionsHelper.ValidateEmbeddedPermissions`).
 * @throws SluiceError WORKFLOW_INVALID that names the grants that are missing, where they are asked and where to add them
 */
export function checkGranted(asked: Asked, asker: string, caller: Caller): void {
  const missing = Object.entries(asked.permissions).filter(
    ([key, level]) => RANK[level] > RANK[caller.granted[key] ?? 'none'],
  )
  const [first] = missing
  if (first === undefined) return
  const wanted = missing.map(([key, level]) => `${key}: ${level}`).join(', ')
  const allowed = missing.map(([key]) => `${key}: ${caller.granted[key] ?? 'none'}`).join(', ')
  const asking = asked.places[first[0]] ?? asked.place
  const { job, place } = caller.bound
  const lines = missing.map(([key, level]) => `      ${key}: ${level}`)
  throw invalid(
    place,
    `startup failure: ${asker} (${asking.file}:${asking.line}) is requesting \`${wanted}\`, but job \`${job}\` is only allowed \`${allowed}\`.`,
    `Add to the job \`${job}\` in ${place.file}, line ${place.line}:\n    permissions:\n${lines.join('\n')}`,
  )
}
