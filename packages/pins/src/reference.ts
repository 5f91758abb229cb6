import type { Pin } from './pin.js'

export type ReferenceKind = 'action' | 'workflow' | 'image' | 'requirement' | 'download'

/** Where a reference stands; lines and columns are 1-based, the end is exclusive. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** Something that a build fetches, as it is written in a file. */
export interface Reference {
  readonly kind: ReferenceKind
  /** As written, whitespace trimmed; in Dockerfiles with build arguments filled in. */
  readonly text: string
  readonly file: string
  readonly span: Span
  readonly pin: Pin
}

/** A file, or a part of one, that could not be read for references: the check cannot pass over it. */
export interface Problem {
  readonly file: string
  readonly because: string
  readonly span?: Span
}

/** Another requirements file that one names. */
export interface Include {
  /** Relative to the workspace. */
  readonly file: string
  readonly from: string
  readonly span: Span
}

/** All that one file says. */
export interface Extraction {
  readonly references: readonly Reference[]
  readonly problems: readonly Problem[]
  readonly includes: readonly Include[]
  /** Package indexes beside the main one that a requirements file adds. */
  readonly extraIndexes: readonly Span[]
}

export const NOTHING: Extraction = { references: [], problems: [], includes: [], extraIndexes: [] }
