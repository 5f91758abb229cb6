import type { ModelScanSettings } from '@sluice/config'
import { PROFILES } from './allowlist.js'
import { knownDanger } from './dangerous.js'

/** What a policy says of one import. */
export type Judgement =
  | { readonly state: 'allowed'; readonly by: string }
  | { readonly state: 'dangerous'; readonly does: string }
  | { readonly state: 'unlisted'; readonly why: string }

/** Says of each import whether a pickle may make it. */
export type PicklePolicy = (module: string, name: string) => Judgement

// Protocols below 3 keep Python 2's names, which Python 3 maps (Lib/_compat_pickle.py).
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
])

/**
 * The default-deny policy: exact module and exact name without a dot, or nothing. A dotted name would walk
 * attributes through an allowed module (fickling GHSA-5j3x-jp52-966f).
 * @param today `YYYY-MM-DD` in UTC; entries that expired before it no longer allow
 */
export function picklePolicy(
  settings: Pick<ModelScanSettings, 'profiles' | 'allow'>,
  today: string,
): PicklePolicy {
  const allowed = new Map<string, string>()
  const expired = new Map<string, string>()
  for (const profile of settings.profiles) {
    for (const [module, names] of Object.entries(PROFILES[profile])) {
      for (const name of names) allowed.set(`${module}\n${name}`, `profile ${profile}`)
    }
  }
  for (const { module, names, reason, expires } of settings.allow) {
    for (const name of names) {
      if (expires !== undefined && expires < today) expired.set(`${module}\n${name}`, expires)
      else allowed.set(`${module}\n${name}`, reason)
    }
  }
  return (rawModule, name) => {
    const module = RENAMED.get(rawModule) ?? rawModule
    const key = `${module}\n${name}`
    const by = allowed.get(key)
    if (by !== undefined && !name.includes('.')) return { state: 'allowed', by }
    const does = knownDanger(module, name)
    if (does !== undefined) return { state: 'dangerous', does }
    const date = expired.get(key)
    if (date !== undefined)
      return { state: 'unlisted', why: `its entry in scan.models.allow expired on ${date}` }
    return {
      state: 'unlisted',
      why: name.includes('.') ? 'it walks attributes by a dotted name' : 'no allow-list names it',
    }
  }
}
