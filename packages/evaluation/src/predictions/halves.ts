import { groupOf } from '@sluice/statistics'

/** The half of the rows that slices are looked for in, and the one that they are tested on. */
export const SEARCHED = 0
export const TESTED = 1

/** Fixed, and of no other use: a row is in the same half in every run. */
const SEED = 0x51ce

/** The half that a row or cluster of this name is in, whatever other rows there are. */
export function halfOf(name: string): number {
  return groupOf(SEED, hash(name), 2)
}

/** FNV-1a of 32 bits (Fowler, Noll & Vo) over the bytes of the UTF-16 code units, low byte first. */
function hash(text: string): number {
  let word = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    word = Math.imul(word ^ (unit & 0xff), 0x01000193)
    word = Math.imul(word ^ (unit >>> 8), 0x01000193)
  }
  return word >>> 0
}
