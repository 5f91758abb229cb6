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
