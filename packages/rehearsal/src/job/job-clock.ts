/** How long a job that was cancelled may still run its always()-steps (docs, canceling a workflow run). */
const CANCELLED_MILLISECONDS = 5 * 60_000
/** Node's timers end here: 24 days. */
export const LONGEST_MINUTES = 35_000

/** A job's time limit and its cancellation as signals. */
export interface JobClock extends Disposable {
  /** The job was cancelled, or its time is up. */
  readonly cancelled: AbortSignal
  /** Nothing may go on any more. */
  readonly over: AbortSignal
  /** Whether it was the time. */
  expired(): boolean
}

/** @param minutes the job's `timeout-minutes` @param signal cancels the job */
export function startJobClock(minutes: number, signal: AbortSignal): JobClock {
  const time = new AbortController()
  const over = new AbortController()
  const cancelled = AbortSignal.any([signal, time.signal])
  const limit = setTimeout(() => time.abort(), Math.min(minutes, LONGEST_MINUTES) * 60_000)
  let grace: NodeJS.Timeout | undefined
  const begin = () => {
    grace = setTimeout(() => over.abort(), CANCELLED_MILLISECONDS)
  }
  if (cancelled.aborted) begin()
  else cancelled.addEventListener('abort', begin, { once: true })
  return {
    cancelled,
    over: over.signal,
    expired: () => time.signal.aborted,
    [Symbol.dispose]: () => {
      cancelled.removeEventListener('abort', begin)
      clearTimeout(limit)
      clearTimeout(grace)
    },
  }
}
