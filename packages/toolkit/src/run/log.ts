import { logText } from '@sluice/verdict'
import type { Log } from '../context.js'

/** A mask shorter than this would tear ordinary words; the runner masks such values by itself. */
const SHORTEST_MASK = 4

/** Values that no log line, rendered text or error may show. */
export class Masks {
  readonly #values = new Set<string>()

  add(value: string): void {
    for (const line of [value, ...value.split(/\r?\n/)]) {
      if (line.trim().length >= SHORTEST_MASK) this.#values.add(line.trim())
    }
  }

  /** `text` with every masked value shown as `***`, the longest first. */
  hide(text: string): string {
    const values = [...this.#values].sort((a, b) => b.length - a.length)
    return values.reduce((result, value) => result.replaceAll(value, '***'), text)
  }

  /**
   * Plain data with every masked value hidden in its texts. Done before anything is rendered: escaping for JSON or
   * Markdown changes a secret so that it would no longer be found.
   */
  hideIn<T>(data: T): T {
    if (this.#values.size === 0) return data
    return this.#hideIn(data) as T
  }

  #hideIn(data: unknown): unknown {
    if (typeof data === 'string') return this.hide(data)
    if (Array.isArray(data)) return data.map((item) => this.#hideIn(item))
    if (typeof data !== 'object' || data === null) return data
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, this.#hideIn(value)]))
  }
}

/** A log that writes sanitised lines. Warnings here inform a reader of the log; they are no annotations. */
export function createLog(
  write: (line: string) => void,
  masks: Masks,
  debug: ((text: string) => void) | undefined,
): Log {
  const line = (text: string) => write(`${logText(masks.hide(text))}\n`)
  return {
    debug: (text) => debug?.(logText(masks.hide(text))),
    info: line,
    warning: (text) => line(`Warning: ${text}`),
  }
}
