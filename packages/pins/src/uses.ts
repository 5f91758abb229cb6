import { imagePin } from './image.js'
import { CHECKOUT, isExactVersion, type Pin, pinned, unknown, unpinned } from './pin.js'
import type { ReferenceKind } from './reference.js'

// GitHub's own grammar: owner/repo[/path]@ref, cut at the first @, so that a ref may hold one
// (github/actions-lockfile, go/pkg/lockfile/uses.go).
const REMOTE = /^([\w.-]+)\/([\w.-]+)((?:\/[\w.-]+)*)@(\S+)$/
const COMMIT = /^[0-9a-f]{40}$/i

/** What kind of thing a `uses:` value names. */
export function usesKind(text: string): ReferenceKind {
  if (text.startsWith('docker://')) return 'image'
  return /\/\.github\/workflows\/[^/@]+\.ya?ml(?:@|$)/.test(text) ? 'workflow' : 'action'
}

/**
 * How a `uses:` value is pinned: `owner/repo[/path]@ref`, `docker://image`, `./path` and `$/path`
 * (the workflow's own commit; takes no `@ref`). `text` is trimmed.
 */
export function usesPin(text: string): Pin {
  if (text.startsWith('docker://')) return imagePin(text.slice('docker://'.length))
  if (text.includes('${{')) return unknown('GitHub does not evaluate expressions in `uses`')
  if (text.startsWith('$/')) {
    if (text.includes('@')) return unknown('`$/` means this very commit and takes no `@ref`')
    return climbs(text.slice(2)) ? unknown('its path leads out of the repository') : CHECKOUT
  }
  if (text === '.' || text.startsWith('./')) {
    return climbs(text) ? unknown('its path leads out of the checkout') : CHECKOUT
  }
  const remote = REMOTE.exec(text)
  if (!remote || /(?:^|\/)\.{1,2}\//.test(`${text.split('@', 1)[0]}/`))
    return unknown('it is none of owner/repo@ref, owner/repo/path@ref, docker://image, ./path or $/path')
  const ref = remote[4]!
  if (COMMIT.test(ref)) return pinned('content-hash', ref.toLowerCase())
  if (isExactVersion(ref)) return pinned('exact-version', ref)
  if (/^[0-9a-f]{7,}$/i.test(ref))
    return unpinned(`\`${ref}\`, ${ref.length} hex digits where a commit has 40`)
  return unpinned(`the tag or branch \`${ref}\`, which can be moved`)
}

/** The key under which a lock file knows a remote `uses:` value: `owner/repo@ref`, without a path. */
export function lockKey(text: string): string | undefined {
  const remote = REMOTE.exec(text)
  return remote ? `${remote[1]}/${remote[2]}`.toLowerCase().concat('@', remote[4]!) : undefined
}

/** The owner of a remote `uses:` value, lower-case. */
export function ownerOf(text: string): string | undefined {
  return REMOTE.exec(text)?.[1]?.toLowerCase()
}

/**
 * Why a `uses:` value cannot be pinned to a commit, where that is so.
 * The SLSA generators read their own ref to find the builder's release and refuse anything but a full version
 * tag (slsa-framework/slsa-github-generator README, "Referencing SLSA builders and generators").
 */
export function exemption(text: string): string | undefined {
  const remote = REMOTE.exec(text)
  if (!remote || !isExactVersion(remote[4]!)) return undefined
  const repository = `${remote[1]}/${remote[2]}`.toLowerCase()
  if (repository !== 'slsa-framework/slsa-github-generator' || usesKind(text) !== 'workflow') return undefined
  return 'the SLSA generators refuse to be called by anything but a full version tag'
}

function climbs(path: string): boolean {
  let depth = 0
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}
