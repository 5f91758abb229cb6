/** Runs of equal keys up to this long are put in order one by one. */
const SHORT = 24
/** Of a digit: more, and the places written to in turn no longer fit into the processor's table of pages. */
const BITS = 11
const DIGIT = (1 << BITS) - 1

/** Rows in rising order of their scores. */
export interface Order {
  /** Row numbers; equal scores in order of their rows. */
  readonly rows: Uint32Array
  /** By place: 1 where the score equals the one before it. */
  readonly ties: Uint8Array
}

/**
 * Rows in rising order of their scores. Scores are cut into 2²² steps of their range and sorted by that: two passes of
 * a radix sort, which on a million rows is several times as fast as any comparing sort. The scores are moved along, so
 * that nothing is looked up out of turn. What shares a step is put in order among itself, the same way where it is much.
 * @param scores finite numbers; they are not changed
 */
export function ascendingOrder(scores: Float64Array): Order {
  const rows = new Uint32Array(scores.length)
  for (let i = 0; i < rows.length; i++) rows[i] = i
  const sorted = scores.slice()
  sortPairs(sorted, rows)
  return { rows, ties: tiesOf(sorted) }
}

/** Sorts scores with their rows, in place and stably. */
function sortPairs(scores: Float64Array, rows: Uint32Array): void {
  const n = scores.length
  if (n <= SHORT) {
    insertionSort(scores, rows, 0, n)
    return
  }
  const { low, high } = rangeOf(scores)
  if (low === high) return
  // Halves, so that the range of the largest doubles does not overflow.
  const steps: Steps = { low: low / 2, scale: (2 ** (2 * BITS) - 1) / (high / 2 - low / 2) }
  if (!Number.isFinite(steps.scale)) {
    sortByComparing(scores, rows)
    return
  }
  const { first, second } = countDigits(scores, steps)
  const otherScores = new Float64Array(n)
  const otherRows = new Uint32Array(n)
  scatter(scores, rows, steps, 0, first, otherScores, otherRows)
  scatter(otherScores, otherRows, steps, BITS, second, scores, rows)
  settle(scores, rows, steps)
}

/** The step of a score is (score/2 − low)·scale, rounded down. */
interface Steps {
  readonly low: number
  readonly scale: number
}

// Each loop is a function of its own: the compiler then is done with it before it is half through.

function rangeOf(scores: Float64Array): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    if (score < low) low = score
    if (score > high) high = score
  }
  return { low, high }
}

/** Where the scores of each digit begin, for the lower and the higher one. */
function countDigits(scores: Float64Array, { low, scale }: Steps): Record<'first' | 'second', Uint32Array> {
  const [first, second] = [new Uint32Array(1 << BITS), new Uint32Array(1 << BITS)]
  for (let i = 0; i < scores.length; i++) {
    const step = ((scores[i]! / 2 - low) * scale) >>> 0
    first[step & DIGIT]!++
    second[step >>> BITS]!++
  }
  for (const counts of [first, second]) {
    let sum = 0
    for (let digit = 0; digit < counts.length; digit++) {
      const count = counts[digit]!
      counts[digit] = sum
      sum += count
    }
  }
  return { first, second }
}

/** One stable pass of the radix sort: to where the digit at `shift` begins. */
function scatter(
  scores: Float64Array,
  rows: Uint32Array,
  { low, scale }: Steps,
  shift: number,
  begins: Uint32Array,
  toScores: Float64Array,
  toRows: Uint32Array,
): void {
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!
    const step = ((score / 2 - low) * scale) >>> 0
    const place = begins[(step >>> shift) & DIGIT]!++
    toScores[place] = score
    toRows[place] = rows[i]!
  }
}

/** Puts in order what shares a step. */
function settle(scores: Float64Array, rows: Uint32Array, { low, scale }: Steps): void {
  const n = scores.length
  for (let start = 0, end = 0; start < n; start = end) {
    const step = ((scores[start]! / 2 - low) * scale) >>> 0
    for (end = start + 1; end < n && ((scores[end]! / 2 - low) * scale) >>> 0 === step; end++);
    if (end - start <= SHORT) insertionSort(scores, rows, start, end)
    else sortPairs(scores.subarray(start, end), rows.subarray(start, end))
  }
}

function insertionSort(scores: Float64Array, rows: Uint32Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const score = scores[i]!
    if (scores[i - 1]! <= score) continue
    const row = rows[i]!
    let at = i
    for (; at > start && scores[at - 1]! > score; at--) {
      scores[at] = scores[at - 1]!
      rows[at] = rows[at - 1]!
    }
    scores[at] = score
    rows[at] = row
  }
}

/** For a range of a few of the smallest doubles: no step is as small. */
function sortByComparing(scores: Float64Array, rows: Uint32Array): void {
  const places = Uint32Array.from(scores.keys()).sort((i, j) => scores[i]! - scores[j]! || i - j)
  const [sorted, moved] = [scores.slice(), rows.slice()]
  for (let place = 0; place < places.length; place++) {
    scores[place] = sorted[places[place]!]!
    rows[place] = moved[places[place]!]!
  }
}

function tiesOf(sorted: Float64Array): Uint8Array {
  const ties = new Uint8Array(sorted.length)
  for (let i = 1; i < sorted.length; i++) ties[i] = sorted[i] === sorted[i - 1] ? 1 : 0
  return ties
}

/**
 * The order of each part of the rows from the order of all: parts are not sorted again.
 * @param partOf which part a row is in, 0 … sizes.length − 1; any other number for none
 * @param placeOf the row's number within its part
 * @param sizes rows of each part
 */
export function ordersOfParts(
  { rows, ties }: Order,
  partOf: Uint8Array | Int32Array,
  placeOf: Uint32Array,
  sizes: ArrayLike<number>,
): Order[] {
  const count = sizes.length
  // One array for all parts, for a look-up of the part's own array in every row would cost more than the rest.
  const next = new Uint32Array(count)
  for (let part = 1; part < count; part++) next[part] = next[part - 1]! + sizes[part - 1]!
  const starts = next.slice()
  const total = count === 0 ? 0 : starts[count - 1]! + sizes[count - 1]!
  const allRows = new Uint32Array(total)
  const allTies = new Uint8Array(total)
  // Which run of equal scores the last row of a part was in; 0 for none yet.
  const last = new Uint32Array(count)
  for (let i = 0, run = 0; i < rows.length; i++) {
    run += 1 - ties[i]!
    const row = rows[i]!
    const part = partOf[row]!
    if (part < 0 || part >= count) continue
    const place = next[part]!
    next[part] = place + 1
    allRows[place] = placeOf[row]!
    if (last[part] === run) allTies[place] = 1
    last[part] = run
  }
  return Array.from(starts, (start, part) => ({
    rows: allRows.subarray(start, start + sizes[part]!),
    ties: allTies.subarray(start, start + sizes[part]!),
  }))
}
