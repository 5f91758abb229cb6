/**
 * `text` as an http(s) address without credentials that no surface has to escape, or undefined when it is none.
 * What RFC 3986 or Markdown gives a meaning is percent-encoded after the host.
 */
export function webAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  const fragment = url.hash === '' ? '' : `#${encoded(url.hash.slice(1))}`
  return `${url.origin}${encoded(url.pathname + url.search)}${fragment}`
}

function encoded(text: string): string {
  return text.replace(/[<>()[\]{}|\\^`"'*_~# ]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
