const MiB = 1024 * 1024

/** What one examination may cost. Whatever goes beyond is reported as not examined, never as clean. */
export interface Limits {
  /** Bytes of one pickle, or of one compressed member, that are held in memory. */
  readonly memoryBytes: number
  /** Bytes that all compressed members of one file may expand to. */
  readonly expandedBytes: number
  /** Expanded bytes for one compressed byte; deflate itself cannot exceed 1032. */
  readonly ratio: number
  /** Containers in containers. */
  readonly depth: number
  /** Members of one container. */
  readonly members: number
  /** Opcodes of all pickles of one stream. */
  readonly opcodes: number
  readonly memo: number
  readonly stack: number
  /** Bytes of text that are checked for being text. */
  readonly textBytes: number
  /** safetensors itself refuses a longer header (safetensors/src/tensor.rs, MAX_HEADER_SIZE). */
  readonly safetensorsHeader: number
}

export const LIMITS: Limits = {
  memoryBytes: 512 * MiB,
  expandedBytes: 2048 * MiB,
  ratio: 200,
  depth: 4,
  members: 20_000,
  opcodes: 20_000_000,
  memo: 5_000_000,
  stack: 1_000_000,
  textBytes: 256 * MiB,
  safetensorsHeader: 100_000_000,
}
