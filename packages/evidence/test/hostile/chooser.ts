import fc from 'fast-check'

/**
 * Chooses among what there is. Which, is decided by the property test, so that it can be shrunk and repeated; the
 * numbers start over when more is asked than was drawn.
 */
export interface Chooser {
  /** A number below `limit`. */
  below(limit: number): number
  of<Item>(items: readonly Item[]): Item
}

export const chooser: fc.Arbitrary<Chooser> = fc
  .array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 8, maxLength: 8 })
  .map((numbers) => {
    let next = 0
    const below = (limit: number) => {
      if (limit < 1) throw new Error('nothing to choose from')
      return (numbers[next++ % numbers.length] ?? 0) % limit
    }
    return { below, of: <Item>(items: readonly Item[]) => items[below(items.length)] as Item }
  })
