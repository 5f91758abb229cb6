/** What must not be seen: every value that was added, and the forms in which it is likely to be printed. */
export class Masks {
  readonly #values = new Set<string>()

  /** Adds a secret, each of its lines, and both as JSON, URI, HTML and base64 would write them. */
  add(secret: string): void {
    for (const value of [secret, ...secret.split(/[\r\n]+/)]) {
      if (value.trim() === '') continue
      const bytes = Buffer.from(value)
      this.#values.add(value)
      this.#values.add(JSON.stringify(value).slice(1, -1))
      this.#values.add(encodeURIComponent(value.toWellFormed()))
      for (const escaped of htmlForms(value)) this.#values.add(escaped)
      // Inside a longer text the encoding depends on where the secret begins, modulo three bytes.
      for (const offset of [0, 1, 2]) {
        const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
          .toString('base64')
          .replace(/=+$/, '')
        const certain = encoded.slice(
          offset === 0 ? 0 : offset + 1,
          (bytes.length + offset) % 3 === 0 ? undefined : -1,
        )
        if (certain.length >= 8) this.#values.add(certain)
      }
    }
  }

  /** The text with every secret in it shown as `***`; secrets that overlap or touch become one. */
  hide(text: string): string {
    const spans: [number, number][] = []
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
        spans.push([at, at + value.length])
      }
    }
    spans.sort((a, b) => a[0] - b[0])
    let shown = ''
    let position = 0
    for (const [start, end] of spans) {
      if (start > position || (start === 0 && position === 0)) shown += `${text.slice(position, start)}***`
      position = Math.max(position, end)
    }
    return shown + text.slice(position)
  }
}

/** As summaries in Markdown write it: the usual two ways of escaping, which a reader of the page has undone. */
function htmlForms(value: string): string[] {
  const plain = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return [
    plain,
    plain.replaceAll('"', '&quot;'),
    plain.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
    plain.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  ]
}
