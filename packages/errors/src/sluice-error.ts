/**
 * Who has to act on an error, and so which exit code it ends in (design, section 4):
 * `usage` is bad input or configuration (2), `surroundings` a fault of network, registry or engine (3),
 * `refused` a decision against the subject (1).
 */
export type ErrorKind = 'usage' | 'surroundings' | 'refused'

export interface SluiceErrorOptions {
  /** What to change, and where. */
  readonly remedy: string
  /** Defaults to `usage`. */
  readonly kind?: ErrorKind
  readonly cause?: unknown
  /** File the error stands in, relative to the workspace, with 1-based line and column. */
  readonly at?: { readonly file: string; readonly line?: number; readonly column?: number }
}

/**
 * The one error that Sluice throws on purpose. The code is stable and has a heading in
 * docs/troubleshooting.md; the message says what was found and what was expected.
 */
export class SluiceError extends Error {
  override readonly name = 'SluiceError'
  readonly code: string
  readonly remedy: string
  readonly kind: ErrorKind
  readonly at: SluiceErrorOptions['at']

  constructor(code: string, message: string, options: SluiceErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.remedy = options.remedy
    this.kind = options.kind ?? 'usage'
    this.at = options.at
  }
}

/** Recognises a SluiceError across bundles, where `instanceof` fails on a second copy of the class. */
export function isSluiceError(error: unknown): error is SluiceError {
  return error instanceof Error && error.name === 'SluiceError' && 'code' in error && 'remedy' in error
}
