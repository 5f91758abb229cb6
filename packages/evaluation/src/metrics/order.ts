import { ascendingOrder, type Order } from '@sluice/statistics'

/** What is known of a column of scores, or how to come by it. It goes when the column does. */
const orders = new WeakMap<Float64Array, Order | (() => Order)>()

/** The rows of a column in rising order of their scores: sorted once, for all metrics that rank. */
export function orderOf(scores: Float64Array): Order {
  const known = orders.get(scores)
  if (typeof known === 'object') return known
  const order = known === undefined ? ascendingOrder(scores) : known()
  orders.set(scores, order)
  return order
}

/** Says where the order of a column comes from when it is asked for, in place of sorting. */
export function deriveOrder(scores: Float64Array, derive: () => Order): void {
  orders.set(scores, derive)
}
