const KiB = 1024
const MiB = 1024 * KiB

/**
 * What hostile content may cost before Sluice stops reading. The manifest limit is the one that
 * distribution and zot enforce themselves; the others are generous for real artifacts.
 */
export const LIMITS = {
  /** Bytes of one manifest or index. */
  manifest: 4 * MiB,
  /** Bytes of an index.json of a layout, a tag list page, a referrers page. */
  listing: 16 * MiB,
  /** Descriptors in one manifest or index. */
  descriptors: 10_000,
  /** Manifests in one closure. */
  manifests: 10_000,
  /** Bytes of all manifests of one closure, which are held in memory while it is copied. */
  closure: 256 * MiB,
  /** Indexes within indexes, and referrers of referrers. */
  depth: 16,
  /** Pages of a tag or referrers list. */
  pages: 200,
  /** Tags of one repository. */
  tags: 100_000,
  /** Entries of an archive. */
  entries: 100_000,
  /** Bytes of a registry's error body or token answer that are read. */
  answer: 256 * KiB,
} as const
