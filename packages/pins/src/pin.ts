/**
 * How firmly a reference is pinned, weakest first. `exact-version` names one release that its owner can still
 * move (`v4.2.1`, `node:24.1.0`, `==1.2.3`); `content-hash` names the bytes (commit, digest, hash).
 */
export const PIN_LEVELS = ['exact-version', 'content-hash'] as const

export type PinLevel = (typeof PIN_LEVELS)[number]

/** What is known of one reference. Never a guess: what cannot be read off the files is `unknown`. */
export type Pin =
  /** `by` is the commit, digest, hash or version; `checkout` for what comes with the examined commit itself. */
  | { readonly state: 'pinned'; readonly level: PinLevel; readonly by: string }
  | { readonly state: 'unpinned'; readonly found: string }
  | { readonly state: 'unknown'; readonly because: string }

export function pinned(level: PinLevel, by: string): Pin {
  return { state: 'pinned', level, by }
}

export function unpinned(found: string): Pin {
  return { state: 'unpinned', found }
}

export function unknown(because: string): Pin {
  return { state: 'unknown', because }
}

/** Part of the examined commit: it cannot change without the commit changing. */
export const CHECKOUT: Pin = pinned('content-hash', 'checkout')

/** Whether `level` is at least `wanted`. */
export function reaches(level: PinLevel, wanted: PinLevel): boolean {
  return PIN_LEVELS.indexOf(level) >= PIN_LEVELS.indexOf(wanted)
}

/** Longer than any version; keeps the expression's backtracking harmless on hostile text. */
const VERSION_LIMIT = 128

/** `1.2.3`, `v1.2.3-rc.1`, also behind a monorepo prefix such as `cli/v1.2.3`: names one release. */
export function isExactVersion(text: string): boolean {
  return (
    text.length <= VERSION_LIMIT &&
    /^(?:[\w.-]+[/@-])?v?\d+\.\d+\.\d+(?:[-+._]?[0-9A-Za-z][\w.+-]*)?$/.test(text)
  )
}
