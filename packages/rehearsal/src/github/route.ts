import type { Call, Reply } from '../server/loopback.js'
import type { Caller } from './tokens.js'

/** What a route asks of a job's permissions, `<key>: <level>`; any one of several is enough. */
export type Need = readonly `${string}:${'read' | 'write'}`[]

/** `none` needs a token and no more; `person` is refused to every job. */
export interface Route {
  readonly method: string
  /** `{name}` is one segment, `{name+}` the rest. */
  readonly path: string
  readonly needs: Need | 'none' | 'person'
  handle(request: Asked): Promise<Reply> | Reply
}

export interface Asked {
  readonly call: Call
  readonly caller: Caller
  readonly at: Readonly<Record<string, string>>
}

/**
 * The values of a path's parameters, or undefined when it is another path.
 * A segment is decoded after the path is split, so that `%2F` does not make two of one.
 */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  const found: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const name = /^\{(\w+)(\+?)\}$/.exec(segment)
    if (name?.[2] === '+') {
      const rest = given.slice(index)
      if (rest.length === 0) return undefined
      found[name[1] ?? ''] = rest.map(decode).join('/')
      return found
    }
    const value = given[index]
    if (value === undefined || (name && value === '')) return undefined
    if (name) found[name[1] ?? ''] = decode(value)
    else if (value !== segment) return undefined
  }
  return given.length === wanted.length ? found : undefined
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
