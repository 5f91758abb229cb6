/** A fixed stream of random numbers (xoshiro128**, Blackman & Vigna 2018): the same on every machine. */
export class Random {
  readonly #state = new Uint32Array(4)
  #spare: number | undefined

  constructor(seed: number) {
    // SplitMix32 spreads the seed over the state.
    for (let i = 0, word = seed >>> 0; i < 4; i++) {
      word = (word + 0x9e3779b9) >>> 0
      let z = word
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      this.#state[i] = z ^ (z >>> 15)
    }
  }

  /** In (0, 1). */
  uniform(): number {
    const s = this.#state
    const scrambled = Math.imul(rotated(Math.imul(s[1]!, 5), 7), 9)
    const kept = s[1]! << 9
    s[2]! ^= s[0]!
    s[3]! ^= s[1]!
    s[1]! ^= s[2]!
    s[0]! ^= s[3]!
    s[2]! ^= kept
    s[3] = rotated(s[3]!, 11)
    return ((scrambled >>> 0) + 0.5) / 2 ** 32
  }

  /** Standard normal, by the polar method (Marsaglia & Bray 1964). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return spare
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = y * scale
      return x * scale
    }
  }
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
