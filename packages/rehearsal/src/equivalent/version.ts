/**
 * Whether a version is one that a setup action would have taken: `24`, `24.x`, `v24.1.0`, `>=20`, `^24.1`, `~3.11`,
 * several joined by spaces (and) or `||` (or). Words such as `lts/*` or `latest` take any, since what they mean
 * changes with the day.
 * @param version three numbers, `24.21.0`
 */
export function satisfies(version: string, wanted: string): boolean {
  const actual = numbers(version)
  return wanted.split('||').some((range) =>
    range
      .replace(/([<>=~^])\s+/g, '$1')
      .trim()
      .split(/[\s,]+/)
      .every((part) => fits(actual, part)),
  )
}

function fits(actual: readonly number[], part: string): boolean {
  const found = /^(>=|<=|>|<|=|\^|~)?v?(\d+(?:\.(?:\d+|[xX*]))*)/.exec(part)
  if (!found?.[2]) return true
  const wanted = numbers(found[2])
  const order = compare(actual, wanted)
  switch (found[1]) {
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '^':
      return order >= 0 && actual[0] === wanted[0]
    case '~':
      return order >= 0 && actual[0] === wanted[0] && (wanted.length < 2 || actual[1] === wanted[1])
    default:
      return order === 0
  }
}

/** Compares as far as `wanted` says something: 24.21.0 equals 24. */
function compare(actual: readonly number[], wanted: readonly number[]): number {
  for (const [index, number] of wanted.entries()) {
    const difference = (actual[index] ?? 0) - number
    if (difference !== 0) return difference
  }
  return 0
}

function numbers(version: string): readonly number[] {
  const parts = version.split('.').map(Number)
  const end = parts.findIndex((part) => Number.isNaN(part))
  return end < 0 ? parts : parts.slice(0, end)
}
