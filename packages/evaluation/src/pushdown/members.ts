/** Groups whose slices are known by their words. */
export interface Worded {
  readonly words: readonly string[]
  readonly wordOf: Int32Array
}

/** The same parts in the groups of another statement, by their words. */
export function membersLike(other: Worded, groups: Worded, members: readonly Int32Array[]): Int32Array[] {
  const partOf = new Map<string, number>()
  for (const [part, own] of members.entries())
    for (const member of own) partOf.set(groups.words[groups.wordOf[member]!]!, part)
  return split(
    other.wordOf,
    other.words.map((word) => partOf.get(word) ?? -1),
    members.length,
  )
}

/** @param partOfWord −1 for a word that is in no part */
export function split(wordOf: Int32Array, partOfWord: readonly number[], parts: number): Int32Array[] {
  const sizes = new Uint32Array(parts)
  for (const word of wordOf) if (partOfWord[word]! >= 0) sizes[partOfWord[word]!]!++
  const found = Array.from(sizes, (size) => new Int32Array(size))
  sizes.fill(0)
  for (let group = 0; group < wordOf.length; group++) {
    const part = partOfWord[wordOf[group]!]!
    if (part >= 0) found[part]![sizes[part]!++] = group
  }
  return found
}
