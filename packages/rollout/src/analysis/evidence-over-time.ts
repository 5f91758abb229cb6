import * as v from 'valibot'
import { analyse } from './analysis.js'
import type { Stratum } from './stratum.js'

/** More looks than this are not replayed: every look goes over all observations so far. */
const MAX_LOOKS = 500

/** The e-values after one observation: of "the canary does harm", and of "it does not". */
export interface EvidenceLook {
  readonly harm: number
  readonly certificate: number
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const counts = v.looseObject({ requests: count, errors: count })
const schema = v.looseObject({
  plan: v.looseObject({
    analysis: v.looseObject({
      psi0: v.number(),
      alpha: v.number(),
      psiBad: v.number(),
      beta: v.number(),
      dispersion: v.number(),
    }),
  }),
  observations: v.array(v.looseObject({ intervals: count, stable: counts, canary: counts })),
})

/**
 * The e-values of a rollout record after each of its observations, computed again from the counts
 * (docs/predicates/rollout.md). Pure.
 * @returns undefined when observations were merged, are too many, or contradict themselves: then it cannot be told
 */
export function evidenceOverTime(predicate: unknown): EvidenceLook[] | undefined {
  const { success, output } = v.safeParse(schema, predicate)
  if (!success) return undefined
  const { observations, plan } = output
  if (observations.length > MAX_LOOKS || observations.some(({ intervals }) => intervals !== 1))
    return undefined
  // Only errors are replayed, so what belongs to latency and to the split is left empty.
  const options = { ...plan.analysis, latencyEdges: [], latencyPsi0: 1, splitTolerance: 0 }
  const strata = observations.map(({ stable, canary }) => stratum(stable, canary))
  try {
    return strata.map((_, index) => {
      const { errors } = analyse(strata.slice(0, index + 1), options)
      return { harm: finite(errors.logE), certificate: finite(errors.logCertificate) }
    })
  } catch {
    // Counts or options that no rollout could have had; the record's own numbers are shown without a curve.
    return undefined
  }
}

function stratum(stable: v.InferOutput<typeof counts>, canary: v.InferOutput<typeof counts>): Stratum {
  const arm = ({ requests, errors }: { requests: number; errors: number }) => ({
    requests,
    errors,
    timed: 0,
    slow: [],
    seconds: 0,
    resets: 0,
    births: 0,
    joined: 0,
  })
  return {
    at: 0,
    step: 0,
    weights: { stable: 1, canary: 1 },
    settling: true,
    stable: arm(stable),
    canary: arm(canary),
  }
}

function finite(log: number): number {
  return Math.min(Math.exp(log), 1e300)
}
