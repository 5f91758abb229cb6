/** An answer as data: what goes out is decided before anything is written. */
export interface Answer {
  readonly status: number
  readonly body: string | object
  readonly headers?: Record<string, string>
}
