import { logPoisson } from '../numerics/saddle-point.js'

/** Upper ends of the values 0, 1, 2 … of a Poisson(1) variable on the scale of a 32-bit word. */
const ENDS = (() => {
  const ends: number[] = []
  let sum = 0
  for (let k = 0; k < 12; k++) {
    sum += Math.exp(logPoisson(k, 1))
    ends.push(Math.round(sum * 2 ** 32))
  }
  return ends
})()

/**
 * Weights of one replicate of the Poisson bootstrap: how often each unit counts, Poisson(1) and independent.
 * A weight is a hash of seed, replicate and unit and of nothing else, so that replicates are the same
 * whatever the order of the rows and however they are spread over machines.
 * @param unit 32-bit key of a row or cluster
 */
export function poissonWeight(seed: number, replicate: number, unit: number): number {
  // 32-bit finaliser of MurmurHash3 (Appleby, public domain) after each of the three parts.
  let word = mix(seed ^ 0x9e3779b9)
  word = mix(word ^ replicate)
  word = mix(word ^ unit)
  return fromWord(word, stepsOf())
}

/** `poissonWeight` of units 0 … n−1 into `weights`: the same values, with what they share computed once. */
export function poissonWeights(seed: number, replicate: number, weights: Uint8Array): void {
  const shared = mix(mix(seed ^ 0x9e3779b9) ^ replicate)
  const steps = stepsOf()
  for (let unit = 0; unit < weights.length; unit++) weights[unit] = fromWord(mix(shared ^ unit), steps)
}

/**
 * The group, 0 … groups−1, that a unit falls into: a hash of seed and unit. Resampling random groups of rows in
 * place of rows gives the same spread (bucket bootstrap), at a cost that does not grow with the rows.
 */
export function groupOf(seed: number, unit: number, groups: number): number {
  return mix(mix(seed ^ 0x9e3779b9) ^ unit) % groups
}

/** A number inside (0, 1) that is a hash of seed, replicate and unit. */
export function uniform(seed: number, replicate: number, unit: number): number {
  return (mix(mix(mix(seed ^ 0x9e3779b9) ^ replicate) ^ unit) + 0.5) / 2 ** 32
}

const STEP_BITS = 12
const AMBIGUOUS = 255

/** Made when first asked for: few programs that load this draw anything, and all would wait for it at their start. */
let madeSteps: Uint8Array | undefined

/** The weight by the upper bits of the word; `AMBIGUOUS` for the few steps that an end falls into. */
function stepsOf(): Uint8Array {
  madeSteps ??= Uint8Array.from({ length: 2 ** STEP_BITS }, (_, step) => {
    const first = search(step * 2 ** (32 - STEP_BITS))
    const last = search((step + 1) * 2 ** (32 - STEP_BITS) - 1)
    return first === last ? first : AMBIGUOUS
  })
  return madeSteps
}

function fromWord(word: number, steps: Uint8Array): number {
  const weight = steps[word >>> (32 - STEP_BITS)]!
  return weight === AMBIGUOUS ? search(word) : weight
}

function search(word: number): number {
  let k = 0
  while (k < ENDS.length && word >= ENDS[k]!) k++
  return k
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}
