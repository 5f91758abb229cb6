/** Runs of equal keys up to this long are put in order one by one. */
const SHORT = 24
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
 * Rows in rising order of their scores. Scores are cut into 2³² steps of
 * their range and sorted by that (three passes of a radix sort, which on a million rows is several times as fast as
 * any comparing sort); what shares a step is put in order among itself, the same way where it is much.
 * @param scores finite numbers; they are not changed
 */
export function ascendingOrder(scores: Float64Array): Order {
  const rows = new Uint32Array(scores.length)
  for (let i = 0; i < rows.length; i++) rows[i] = i
  const ties = new Uint8Array(scores.length)
  sortRange(rows, ties, scores)
  return { rows, ties }
}

/** Sorts rows that stand in rising order of their numbers, and marks ties among them. */
function sortRange(rows: Uint32Array, ties: Uint8Array, scores: Float64Array): void {
  const n = rows.length
  if (n <= SHORT) {
    insertionSort(rows, ties, scores, 0, n)
    return
  }
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const score = scores[rows[i]!]!
    if (score < low) low = score
    if (score > high) high = score
  }
  if (low === high) {
    ties.fill(1, 1)
    return
  }
  // Halves, so that the range of the largest doubles does not overflow.
  const scale = (2 ** 32 - 1) / (high / 2 - low / 2)
  if (!Number.isFinite(scale)) {
    // A range of a few of the smallest doubles: no step is as small.
    rows.sort((i, j) => scores[i]! - scores[j]! || i - j)
    markTies(rows, ties, scores, 0, n)
    return
  }
  const keys = new Uint32Array(n)
  const counts = [new Uint32Array(1 << BITS), new Uint32Array(1 << BITS), new Uint32Array(1 << BITS)] as const
  const [first, second, third] = counts
  for (let i = 0; i < n; i++) {
    const key = ((scores[rows[i]!]! / 2 - low / 2) * scale) >>> 0
    keys[i] = key
    first[key & DIGIT]!++
    second[(key >>> BITS) & DIGIT]!++
    third[key >>> (2 * BITS)]!++
  }
  const otherKeys = new Uint32Array(n)
  const otherRows = new Uint32Array(n)
  scatter(first, 0, keys, rows, otherKeys, otherRows)
  scatter(second, BITS, otherKeys, otherRows, keys, rows)
  scatter(third, 2 * BITS, keys, rows, otherKeys, otherRows)
  rows.set(otherRows)
  for (let start = 0, end = 0; start < n; start = end) {
    const key = otherKeys[start]!
    for (end = start + 1; end < n && otherKeys[end] === key; end++);
    if (end - start === 1) continue
    if (end - start <= SHORT) insertionSort(rows, ties, scores, start, end)
    else sortRange(rows.subarray(start, end), ties.subarray(start, end), scores)
  }
}

/** One stable pass of the radix sort: to where the counts of the digit at `shift` say. */
function scatter(
  counts: Uint32Array,
  shift: number,
  keys: Uint32Array,
  order: Uint32Array,
  toKeys: Uint32Array,
  toOrder: Uint32Array,
): void {
  let sum = 0
  for (let digit = 0; digit < counts.length; digit++) {
    const count = counts[digit]!
    counts[digit] = sum
    sum += count
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    const place = counts[(key >>> shift) & DIGIT]!++
    toKeys[place] = key
    toOrder[place] = order[i]!
  }
}

function insertionSort(
  rows: Uint32Array,
  ties: Uint8Array,
  scores: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start + 1; i < end; i++) {
    const row = rows[i]!
    const score = scores[row]!
    let at = i
    for (; at > start && scores[rows[at - 1]!]! > score; at--) rows[at] = rows[at - 1]!
    rows[at] = row
  }
  markTies(rows, ties, scores, start, end)
}

function markTies(
  rows: Uint32Array,
  ties: Uint8Array,
  scores: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start + 1; i < end; i++) if (scores[rows[i]!] === scores[rows[i - 1]!]) ties[i] = 1
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
