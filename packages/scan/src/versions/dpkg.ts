interface DebianVersion {
  readonly epoch: number
  readonly upstream: string
  readonly revision: string
}

/**
 * Compares Debian versions as dpkg does (deb-version(7); dpkg, lib/dpkg/version.c).
 * @returns negative, zero or positive; undefined when one of them is no Debian version
 */
export function compareDpkg(a: string, b: string): number | undefined {
  const left = parse(a)
  const right = parse(b)
  if (left === undefined || right === undefined) return undefined
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  )
}

function parse(text: string): DebianVersion | undefined {
  const match = /^(?:(\d{1,9}):)?([0-9A-Za-z.+~:-]+)$/.exec(text.trim())
  if (match === null) return undefined
  const rest = match[2]!
  if (!/^\d/.test(rest)) return undefined
  const dash = rest.lastIndexOf('-')
  return {
    epoch: Number(match[1] ?? 0),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Runs of non-digits and of digits in turn, the first by dpkg's order of characters, the second as numbers. */
function comparePart(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const difference = order(a, i) - order(b, j)
      if (difference !== 0) return difference
      i++
      j++
    }
    const left = digits(a, i)
    const right = digits(b, j)
    const difference = compareNumbers(left, right)
    if (difference !== 0) return difference
    i += left.length
    j += right.length
  }
  return 0
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code >= 0x30 && code <= 0x39
}

/** `~` sorts before the end, the end and digits before letters, letters before all else. */
function order(text: string, index: number): number {
  const char = text[index]
  if (char === undefined || isDigit(text, index)) return 0
  if (char === '~') return -1
  const code = char.charCodeAt(0)
  return /[A-Za-z]/.test(char) ? code : code + 256
}

function digits(text: string, start: number): string {
  let end = start
  while (end < text.length && isDigit(text, end)) end++
  return text.slice(start, end)
}

/** Numbers of any length. */
export function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '')
  const right = b.replace(/^0+/, '')
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}
