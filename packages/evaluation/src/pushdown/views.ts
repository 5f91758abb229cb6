import type { Grouping, View } from '../metrics/metric.js'
import type { Asking, Groups, Side, Weighed } from './groups.js'

/** What a view of either model has of these groups: each stands for its rows. */
export function sharedView(
  groups: Weighed & { readonly labels: Int32Array; readonly clusters: Groups['clusters'] },
  members: Int32Array,
  { relation, roles, threshold }: Asking,
): View {
  return {
    rows: members.length,
    labels: picked(groups.labels, members),
    scores: [],
    classes: roles.classes,
    threshold,
    weights: picked(groups.weights, members),
    collapsed: {
      rows: picked(groups.rows, members),
      counted: picked(groups.counted, members),
      squares: picked(groups.squares, members),
      weighted: relation.weight !== undefined,
    },
    ...(groups.clusters === undefined ? {} : { clusters: clustersOf(groups.clusters.codes, members) }),
  }
}

export function picked<T extends Float64Array | Int32Array>(values: T, members: Int32Array): T {
  const found = new (values.constructor as new (length: number) => T)(members.length)
  for (let i = 0; i < members.length; i++) found[i] = values[members[i]!]!
  return found
}

/** Groups as a view of each model: what metrics of decisions take, by the code that takes rows. */
export function viewsOf(
  groups: Groups,
  members: Int32Array,
  asking: Asking,
  name?: string,
): Readonly<Record<Side, View>> {
  const shared: View = {
    ...sharedView(groups, members, asking),
    ...(groups.grouping === undefined || name === undefined
      ? {}
      : {
          groupings: new Map([
            [
              name,
              { kind: 'word', words: groups.grouping.words, codes: picked(groups.grouping.codes, members) },
            ],
          ]),
        }),
  }
  return {
    candidate: { ...shared, predicted: picked(groups.predicted.candidate, members) },
    champion: { ...shared, predicted: picked(groups.predicted.champion, members) },
  }
}

/** Clusters without a row here do not count. */
export function clustersOf(codes: Int32Array, members: Int32Array): Grouping {
  const numbers = new Map<number, number>()
  const of = Int32Array.from(members, (member) => {
    const number = numbers.get(codes[member]!) ?? numbers.size
    numbers.set(codes[member]!, number)
    return number
  })
  return { of, count: numbers.size }
}
