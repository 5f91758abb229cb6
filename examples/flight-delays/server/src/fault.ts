/**
 * Decides which requests fail on purpose: each with the probability `share`, in a sequence that the
 * seed fixes (mulberry32), so that a rehearsal goes the same way every time.
 */
export function failing(share: number, seed: number): () => boolean {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 < share
  }
}
