import type { Chooser } from './chooser.js'

const deep = (depth: number): unknown =>
  depth === 0 ? 1 : depth % 2 === 0 ? [deep(depth - 1)] : { a: deep(depth - 1) }

const ODD: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1e308,
  () => 2 ** 53,
  () => 0.5,
  () => '',
  () => 'x'.repeat(70_000),
  () => '1'.repeat(5000),
  () => '-1',
  () => '\u0000',
  () => '\ud800',
  () => '__proto__',
  () => 'AAAA',
  () => 'A'.repeat(40_000),
  () => '2026-13-41T99:99:99Z',
  () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
  () => [],
  () => ({}),
  () => [[]],
  () => ({ toString: 1, valueOf: 1, length: -1, constructor: null }),
  () => Array.from({ length: 3000 }, () => ({})),
  () => deep(40),
  () => deep(80),
]

/** Every member and item, by what it stands in. */
function places(value: unknown): { holder: Record<string, unknown>; name: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value).flatMap((name) => [
    { holder: value as Record<string, unknown>, name },
    ...places((value as Record<string, unknown>)[name]),
  ])
}

/** A copy of a document with one to three of its members changed: of another type, beyond limits, gone, or more. */
export function changedJson(
  document: unknown,
  choose: Chooser,
  own: (value: unknown) => unknown = (value) => value,
): unknown {
  const copy = structuredClone(document)
  for (let times = 1 + choose.below(3); times > 0; times--) {
    const all = places(copy)
    if (all.length === 0) return copy
    const { holder, name } = choose.of(all)
    const how = choose.below(8)
    if (how === 0) delete holder[name]
    else if (how === 1 && !Array.isArray(holder))
      holder[choose.of(['more', 'toString', 'length', '0', `${name}s`])] = holder[name]
    else if (how === 2) holder[name] = choose.of(all).holder
    else if (how === 3) holder[name] = own(holder[name])
    else if (how === 4 && typeof holder[name] === 'string')
      holder[name] = `${holder[name]}${choose.of(['\n', ' ', 'A', '=', '\u0000', '\u2014'])}`
    else if (how === 5 && Array.isArray(holder[name])) holder[name] = [...holder[name], ...holder[name]]
    else holder[name] = choose.of(ODD)()
    if (isCircular(copy)) return structuredClone(document)
  }
  return copy
}

function isCircular(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return false
  } catch {
    return true
  }
}
