const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** What `parseDuration` reads, for schemas. */
export const DURATION = /^([1-9]\d{0,5})([smhdw])$/

/** Seconds of `90s`, `30m`, `12h`, `30d` or `4w`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text)
  return match ? Number(match[1]) * SECONDS[match[2]!]! : undefined
}
