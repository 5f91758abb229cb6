import * as v from 'valibot'
import { parseDocument } from 'yaml'
import { pinned } from './pin.js'
import type { Reference } from './reference.js'
import { lockKey } from './uses.js'
import { hasRepeatedKey } from './yaml-file.js'

/** Where GitHub looks for the lock file; its keys are paths of the repository. */
export const LOCK_FILE = '.github/workflows/actions.lock'

const key = v.pipe(v.string(), v.regex(/^[^/@:]+\/[^/@:]+@[^:]+$/))
// github/actions-lockfile, schema/lockfile-v0.0.2.json and -v0.0.3.json. GitHub's runner ignores a lock file that
// it cannot read (github/gh-actions-lock#125), so here everything but a whole one counts as no lock at all.
const schema = v.strictObject({
  version: v.picklist(['v0.0.2', 'v0.0.3']),
  workflows: v.optional(v.record(v.string(), v.array(key)), {}),
  dependencies: v.optional(
    v.record(
      key,
      v.strictObject({
        hostname: v.optional(v.string()),
        ref: v.pipe(v.string(), v.nonEmpty()),
        commit: v.pipe(v.string(), v.regex(/^(?:sha1-[0-9a-f]{40}|sha256-[0-9a-f]{64})$/i)),
        owner_id: v.pipe(v.number(), v.integer(), v.minValue(1)),
        repo_id: v.pipe(v.number(), v.integer(), v.minValue(1)),
        uses: v.optional(v.array(key)),
      }),
    ),
    {},
  ),
})

/** The commits that a lock file pins, by workflow and by canonical key `owner/repo@ref`. */
export interface ActionsLock {
  readonly workflows: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** Reads `.github/workflows/actions.lock`, or says why it is none. Pure. */
export function parseActionsLock(text: string): ActionsLock | { readonly because: string } {
  let value: unknown
  try {
    const document = parseDocument(text, { version: '1.2', uniqueKeys: false, prettyErrors: false })
    if (document.errors.length > 0 || hasRepeatedKey(document))
      return { because: 'the lock file is not valid YAML' }
    value = document.toJS({ maxAliasCount: 0 })
  } catch {
    return { because: 'the lock file cannot be parsed as YAML' }
  }
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) {
    const path = v.getDotPath(parsed.issues[0])
    return {
      because: `the lock file does not follow the schema v0.0.2 or v0.0.3${path ? ` at ${path}` : ''}`,
    }
  }
  const commits = new Map<string, string>()
  for (const [name, { commit }] of Object.entries(parsed.output.dependencies)) {
    commits.set(canonical(name), commit.toLowerCase())
  }
  const workflows = new Map<string, ReadonlyMap<string, string>>()
  for (const [file, keys] of Object.entries(parsed.output.workflows)) {
    const own = new Map<string, string>()
    for (const name of keys) {
      const commit = commits.get(canonical(name))
      if (commit === undefined) return { because: `the lock file lists \`${name}\` without its commit` }
      own.set(canonical(name), commit)
    }
    workflows.set(file, own)
  }
  return { workflows }
}

/**
 * A workflow's step counts as pinned when the lock file has its key for that workflow. Reusable workflows and
 * images are not covered by the lock (github/gh-actions-lock README, "Limitations"), so they stay as they are.
 */
export function applyActionsLock(reference: Reference, lock: ActionsLock): Reference {
  if (reference.kind !== 'action' || reference.pin.state === 'unknown') return reference
  const name = lockKey(reference.text)
  const commit = name === undefined ? undefined : lock.workflows.get(reference.file)?.get(name)
  return commit === undefined ? reference : { ...reference, pin: pinned('content-hash', commit) }
}

/** Owner and repository are case-insensitive, refs are not (actions-lockfile, go/pkg/lockfile/pin.go). */
function canonical(name: string): string {
  const at = name.indexOf('@')
  return name.slice(0, at).toLowerCase() + name.slice(at)
}
