import type { ArmReading, Counter } from './shape.js'

/** What one arm did between two readings. */
export interface ArmCounts {
  readonly requests: number
  readonly errors: number
  /** Requests that the histogram timed, and how many of them took longer than each edge. */
  readonly timed: number
  readonly slow: readonly number[]
  /** Seconds between the newest sample of this reading and of the one before. */
  readonly seconds: number
  /** Counters that started again below their last value or after a restart of their process. */
  readonly resets: number
  /** Series that were first seen in this reading and count from zero. */
  readonly births: number
  /** Series of a process that may be older than the last reading: from here on only. */
  readonly joined: number
}

/** The last raw value of every series ever seen of one arm. A gap keeps the old value, so nothing is lost by it. */
export interface CounterBook {
  readonly values: ReadonlyMap<string, number>
  readonly targets: ReadonlyMap<string, number | undefined>
  /** The newest sample's time, seconds since 1970. */
  readonly at: number
}

/**
 * Starts a book from a first reading, which counts nothing yet.
 * @param at when it was taken, seconds since 1970: a process that starts later counts from zero
 */
export function openBook(reading: ArmReading, at: number): CounterBook {
  const { book } = advanceBook(
    { values: new Map(), targets: new Map(), at: Number.POSITIVE_INFINITY },
    reading,
    0,
  )
  return Number.isFinite(book.at) ? book : { ...book, at }
}

/**
 * Counts what happened since the last reading, from raw counters and never from `rate()`: Prometheus' `rate`
 * and `increase` see 0 in a series that is born at 5, and those are the first errors of a canary.
 * - a value below the last one, or a restarted process: the counter began again at 0, the new value counts;
 * - a new series of a known process, or of one that started since: it began at 0, its value counts;
 * - a new series of a process that may be older: nothing counts until the next reading.
 * @param edges how many latency edges the reading was classified with
 */
export function advanceBook(
  book: CounterBook,
  reading: ArmReading,
  edges: number,
): { readonly book: CounterBook; readonly counts: ArmCounts } {
  const values = new Map(book.values)
  const tally = { ok: 0, error: 0, timed: 0, within: Array.from({ length: edges }, () => 0) }
  let resets = 0
  let births = 0
  let joined = 0
  let newest = Number.NEGATIVE_INFINITY
  for (const counter of reading.counters) {
    const key = JSON.stringify([counter.target, counter.series])
    const last = book.values.get(key)
    values.set(key, counter.value)
    newest = Math.max(newest, counter.at)
    if (last === undefined) {
      if (startsAtZero(book, reading, counter)) births++
      else {
        joined++
        continue
      }
      add(tally, counter, counter.value)
    } else if (counter.value < last || restarted(book, reading, counter.target)) {
      resets++
      add(tally, counter, counter.value)
    } else add(tally, counter, counter.value - last)
  }
  const at = Number.isFinite(newest) ? newest : book.at
  const seconds = Number.isFinite(at) && Number.isFinite(book.at) ? Math.max(0, at - book.at) : 0
  return {
    book: { values, targets: new Map([...book.targets, ...reading.targets]), at },
    counts: {
      requests: tally.ok + tally.error,
      errors: tally.error,
      timed: tally.timed,
      // Bucket and count are not read in one instant by the exposing process, so a difference may dip below 0.
      slow: tally.within.map((within) => Math.max(0, tally.timed - within)),
      seconds,
      resets,
      births,
      joined,
    },
  }
}

interface Tally {
  ok: number
  error: number
  timed: number
  readonly within: number[]
}

function add(tally: Tally, counter: Counter, by: number): void {
  // Counters are floating-point on the wire and whole in meaning.
  const whole = Math.round(by)
  if (typeof counter.role === 'number') tally.within[counter.role] = (tally.within[counter.role] ?? 0) + whole
  else tally[counter.role] += whole
}

function startsAtZero(book: CounterBook, reading: ArmReading, counter: Counter): boolean {
  if (book.targets.has(counter.target)) return true
  const started = reading.targets.get(counter.target)
  return started !== undefined && started >= book.at
}

/** A start time may wobble by the rounding of the process that tells it; a restart moves it by more. */
const WOBBLE = 0.5

function restarted(book: CounterBook, reading: ArmReading, target: string): boolean {
  const before = book.targets.get(target)
  const now = reading.targets.get(target)
  return before !== undefined && now !== undefined && now > before + WOBBLE
}
