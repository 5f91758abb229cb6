/** `known`, with a `psi` that is made when it is first asked for and kept; what it is made of then goes. */
export function withInfluences<T extends object>(
  known: T,
  make: () => Float64Array,
): T & { readonly psi: Float64Array } {
  let from: (() => Float64Array) | undefined = make
  let made: Float64Array | undefined
  const get = () => {
    made ??= from!()
    from = undefined
    return made
  }
  return Object.defineProperty({ ...known }, 'psi', { enumerable: true, get }) as T & {
    readonly psi: Float64Array
  }
}
