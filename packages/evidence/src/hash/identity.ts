import type { BigIntStats } from 'node:fs'

/**
 * What tells that a file is still the one that was seen, unwritten: any write moves `ctime`, which no call can set
 * back. Not shown by it: writes of one tick of the file system's clock, and those through a mapping not yet flushed.
 */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
  /** Bytes. */
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** The identity in what the system says of a file. */
export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs, ctimeNs }
}

/** Whether two identities are of one file with the same content. */
export function isSame(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.ino === b.ino &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.dev === b.dev
  )
}
