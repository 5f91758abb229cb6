import { posix } from 'node:path'
import { CHECKOUT, type Pin, pinned, unknown, unpinned } from './pin.js'

// pip accepts no weaker ones in hash-checking mode (pip `hashes.py`, STRONG_HASHES).
const STRONG: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\])?\s*/

/**
 * How one requirement is pinned: `name==1.2 --hash=sha256:…`, `name @ url#sha256=…`, `git+https://…@commit`,
 * a path of the checkout.
 * @param line the logical line, without `-e`
 * @param folder the requirements file's folder, for relative paths
 */
export function requirementPin(line: string, folder: string): Pin {
  // Within quotes, what looks like a hash may be the value of another option.
  if (/\s--?[a-z].*["'\\]/i.test(line)) return unknown('its options hold quotes or backslashes')
  const hashes = [...line.matchAll(/(?:^|\s)--hash(?:=|\s+|\s*$)(\S*)/g)].map((match) => match[1]!)
  const text = line.split(/\s--?[a-z]/i, 1)[0]!.trim()
  const weak = hashes.find((hash) => !isStrong(hash))
  if (weak !== undefined)
    return unpinned(`the hash \`${weak.slice(0, 80)}\`, which is no whole sha256, sha384 or sha512`)
  const url =
    /^(?:[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*)?((?:[a-z][a-z0-9]*\+)?[a-z][a-z0-9+.-]*:\/\/\S+|file:\S+)/i.exec(
      text,
    )
  if (url) return urlPin(url[1]!, hashes)
  if (isPath(text)) return pathPin(text, folder)
  const name = NAME.exec(text)
  if (!name) return unknown('it is not a requirement that pip reads')
  if (hashes.length > 0) return pinned('content-hash', hashes[0]!)
  const specifier = text
    .slice(name[0].length)
    .split(/;/, 1)[0]!
    .trim()
    .replace(/^\((.*)\)$/, '$1')
  return versionPin(specifier)
}

function versionPin(specifier: string): Pin {
  if (specifier === '') return unpinned('no version and no hash')
  if (!/^(?:===|==|~=|!=|<=|>=|<|>)/.test(specifier)) return unknown('it is not a requirement that pip reads')
  if (specifier.includes('${')) return unknown('it holds an environment variable')
  const exact = specifier.split(',').find((part) => /^\s*={2,3}\s*[^*\s]+\s*$/.test(part))
  if (exact !== undefined) return pinned('exact-version', exact.trim())
  return unpinned(`the range \`${specifier.slice(0, 80)}\``)
}

function urlPin(url: string, hashes: readonly string[]): Pin {
  const [address, fragment = ''] = url.split('#', 2) as [string, string?]
  const vcs = /^(git|hg|svn|bzr)\+/i.exec(address)
  if (vcs) {
    const path = address.replace(/^[^:]*:\/\/[^/]*/, '')
    const ref = path.includes('@') ? path.slice(path.lastIndexOf('@') + 1) : ''
    if (/^[0-9a-f]{40}$/i.test(ref)) return pinned('content-hash', ref.toLowerCase())
    if (ref.includes('${')) return unknown('it holds an environment variable')
    return unpinned(
      ref === '' ? 'a repository without a commit' : `the ref \`${ref.slice(0, 80)}\`, which can be moved`,
    )
  }
  if (/^file:/i.test(address))
    return hashes.length > 0 ? pinned('content-hash', hashes[0]!) : unknown('it is a file: URL')
  if (hashes.length > 0) return pinned('content-hash', hashes[0]!)
  for (const part of fragment.split('&')) {
    const hash = part.replace('=', ':')
    if (isStrong(hash)) return pinned('content-hash', hash)
  }
  return unpinned('a URL without a hash')
}

function pathPin(text: string, folder: string): Pin {
  const path = text.replace(/\[[^\]]*\]$/, '').split(/\s*;/, 1)[0]!
  if (path.includes('$')) return unknown('it holds an environment variable')
  if (posix.isAbsolute(path) || /^[a-z]:/i.test(path) || path.startsWith('~'))
    return unknown('its path lies outside the checkout')
  const joined = posix.normalize(posix.join(folder, path))
  return joined === '..' || joined.startsWith('../')
    ? unknown('its path leads out of the checkout')
    : CHECKOUT
}

function isPath(text: string): boolean {
  return (
    /^(?:\.{1,2}(?:$|[/[\s;])|\/|~|[a-z]:\\)/i.test(text) ||
    /^[^\s@;=<>!~]+(?:\/|\.whl|\.tar\.gz|\.zip)[^\s@;=<>!~]*/.test(text)
  )
}

function isStrong(hash: string): boolean {
  const [, algorithm, hex] = /^(sha\d{3}):([0-9a-f]+)$/.exec(hash) ?? []
  return algorithm !== undefined && STRONG[algorithm] === hex?.length
}
