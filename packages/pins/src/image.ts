import { isExactVersion, type Pin, pinned, unknown, unpinned } from './pin.js'

// Digests as the OCI image-spec 1.1 registers them. The name and tag in front may hold an expression: once a
// full digest follows, whatever they turn out to be, no other content is accepted.
const DIGEST = /@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/
const NAME = /^[a-z0-9][\w.:/-]*$/i

/** How an image reference `name[:tag][@digest]` is pinned. `text` is trimmed and without `docker://`. */
export function imagePin(text: string): Pin {
  const digest = DIGEST.exec(text)
  if (digest) return pinned('content-hash', digest[1]!)
  if (text.includes('${{')) return unknown('it holds an expression that is only known when the workflow runs')
  if (text.includes('$')) return unknown('it holds a variable without a known value')
  if (/\{\{|\}\}|[\s<>'"`]/.test(text)) return unknown('it is not an image reference')
  const at = text.indexOf('@')
  if (at !== -1)
    return unpinned(`what follows @ is not a whole digest (sha256: and 64 lower-case hex digits)`)
  const name = text.replace(/:$/, '')
  if (!NAME.test(name)) return unknown('it is not an image reference')
  const tag = tagOf(name)
  if (tag === undefined) return unpinned('no tag and no digest, so it means whatever `latest` is')
  if (isExactVersion(tag)) return pinned('exact-version', tag)
  return unpinned(`the tag \`${tag}\`, which can be moved`)
}

/** The tag: what follows a colon after the last slash, so that a registry's port is not taken for one. */
function tagOf(name: string): string | undefined {
  const last = name.slice(name.lastIndexOf('/') + 1)
  const colon = last.indexOf(':')
  return colon === -1 ? undefined : last.slice(colon + 1)
}
