/** How a document is written; by default as `JSON.stringify` does. */
export interface Writing {
  /** Goes between two tokens. */
  space?(): string
  /** The members of the object at this place, counted from 0 in the order they are opened. */
  members?(value: Readonly<Record<string, unknown>>, place: number): readonly (readonly [string, unknown])[]
}

/** Writes JSON in ways that `JSON.stringify` never does, such as with a member twice. */
export function write(value: unknown, { space = () => '', members = Object.entries }: Writing): string {
  let place = 0
  const text = (part: unknown): string => {
    if (Array.isArray(part)) return `[${space()}${part.map(text).join(`${space()},${space()}`)}${space()}]`
    if (typeof part !== 'object' || part === null) return JSON.stringify(part)
    const written = members(part as Record<string, unknown>, place++)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `${JSON.stringify(name)}${space()}:${space()}${text(member)}`)
    return `{${space()}${written.join(`,${space()}`)}${space()}}`
  }
  return text(value) + space()
}

/** How many objects there are in a document. */
export function objectsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : 1
  return Object.values(value).reduce((count: number, part) => count + objectsIn(part), own)
}
