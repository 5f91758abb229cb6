import { type Call, json, type Reply } from '../server/loopback.js'

/**
 * One page of a list with GitHub's `Link` header: 30 by default, at most 100.
 * @param base URL that the links start with, since the one asked may name another host
 * @param shape wraps the page where GitHub does not answer with a bare array
 */
export function page<T>(
  call: Call,
  base: string,
  items: readonly T[],
  shape: (page: readonly T[]) => unknown = (all) => all,
): Reply {
  const query = call.url.searchParams
  const size = Math.min(100, whole(query.get('per_page')) ?? 30)
  const last = Math.max(1, Math.ceil(items.length / size))
  const at = whole(query.get('page')) ?? 1
  const link = (number: number, rel: string) => {
    const url = new URL(`${base}${call.url.pathname}`)
    for (const [key, value] of query) url.searchParams.set(key, value)
    url.searchParams.set('page', String(number))
    return `<${url}>; rel="${rel}"`
  }
  const links = [
    ...(at > 1 ? [link(at - 1, 'prev'), link(1, 'first')] : []),
    ...(at < last ? [link(at + 1, 'next'), link(last, 'last')] : []),
  ]
  return json(
    200,
    shape(items.slice((at - 1) * size, at * size)),
    links.length === 0 ? {} : { link: links.join(', ') },
  )
}

function whole(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
