const MiB = 1024 * 1024

/** What reading one image may cost. Whatever goes beyond is a gap, never silently left out. */
export const IMAGE_LIMITS = {
  layers: 512,
  /** Entries of all layers. */
  entries: 10_000_000,
  /** Uncompressed bytes of all layers; they are streamed, not kept. */
  expanded: 256 * 1024 * MiB,
  /** Files that are kept, and their bytes. */
  files: 100_000,
  kept: 512 * MiB,
  /** Bytes of one database of packages. */
  database: 128 * MiB,
  /** Bytes of Python metadata that are kept: the headers come first. */
  metadata: 64 * 1024,
  /** Bytes of an image's config. */
  config: 4 * MiB,
  /** Indexes in indexes. */
  depth: 4,
  /** Bytes of a tar's own long names and headers. */
  tarHeader: MiB,
} as const
