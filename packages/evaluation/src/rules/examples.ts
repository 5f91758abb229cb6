import { shortened } from '../report/shortened.js'
import type { Case } from './case.js'
import type { Demand } from './demand.js'
import { worstFirst } from './findings.js'
import type { Part } from './part.js'

/** Rows that are named for a part, and parts of a rule that have any. */
const ROWS = 3
const PARTS = 20
/** Ids are shown, not looked up: the end of a long one is not missed. */
const ID = 60

/**
 * The cases with the ids of the rows that count most against the candidate, where something is shown not to hold; of
 * slices also the worst that is undecided.
 * @param parts what the cases are of, in their order
 */
export function withExamples(
  cases: readonly Case[],
  parts: readonly Part[],
  { metric, good, kind }: Demand,
): Case[] {
  const partOf = new Map(cases.map((one, i) => [one, parts[i]!]))
  const sliced = cases.filter(({ where }) => where.kind !== 'all')
  const ordered = cases.toSorted(worstFirst)
  const undecided = ordered.find((one) => one.state === 'undecided' && sliced.includes(one))
  const named = new Set([...ordered.filter(({ state }) => state === 'bad').slice(0, PARTS), undecided])
  return cases.map((one) => {
    const each = partOf.get(one)!.each
    if (!named.has(one) || each === undefined) return one
    const found = each.losses(metric, good, kind !== 'bound')
    if (found.state === 'undefined') return one
    const examples = greatest(found.losses).map((place) => shortened(each.id(place), ID))
    return examples.length === 0 ? one : { ...one, examples }
  })
}

/** Places of the greatest losses above 0; of equal ones the first. */
function greatest(losses: Float64Array): number[] {
  const places: number[] = []
  for (let row = 0; row < losses.length; row++) {
    const last = places.length < ROWS ? 0 : losses[places[ROWS - 1]!]!
    if (!(losses[row]! > last)) continue
    const at = places.findIndex((place) => losses[place]! < losses[row]!)
    places.splice(at === -1 ? places.length : at, 0, row)
    places.length = Math.min(places.length, ROWS)
  }
  return places
}
