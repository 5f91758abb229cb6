import { unpairedEstimate } from '../estimates/unpaired.js'
import { type Measured, type Metric, measured, undefinedBecause } from '../metrics/metric.js'
import type { Part, Source } from '../rules/part.js'

/**
 * A candidate's rows against a champion of which only a summary is known: both are measured by themselves, and the
 * difference has the errors of both. The champion has no slices, so a comparison on one decides nothing.
 * @param rows of the candidate alone
 * @param champion the whole of its summary
 */
export function rowsAgainstSummary(rows: Source, champion: Part): Source {
  const theirsOn = (part: Part, metric: Metric): Measured =>
    part.where.kind === 'all'
      ? champion.measure(metric, 'champion')
      : undefinedBecause("the champion's evaluation has no slices, and no rows to slice")
  const against = ({ each: _, ...part }: Part): Part => ({
    ...part,
    measure: (metric, model) =>
      model === 'candidate' ? part.measure(metric, model) : theirsOn(part, metric),
    compare(metric) {
      const ours = part.measure(metric, 'candidate')
      if (ours.state === 'undefined') return ours
      const theirs = theirsOn(part, metric)
      if (theirs.state === 'undefined') return theirs
      const estimate = unpairedEstimate(ours.estimate, theirs.estimate)
      return measured(ours.estimate.weak === undefined ? estimate : { ...estimate, weak: ours.estimate.weak })
    },
  })
  return {
    hasChampion: true,
    whole: against(rows.whole),
    slices: (spec, minRows) => rows.slices(spec, minRows)?.map(against),
    // What is looked for is a loss row by row, which takes the champion's rows.
    search: (spec, sought) => (sought.compared ? undefined : rows.search?.(spec, sought)),
  }
}
