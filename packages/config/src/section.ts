import type { BaseIssue, BaseSchema } from 'valibot'

/** The top-level keys of sluice.yaml, in the order the documentation shows them (design, section 6). */
export const SECTION_NAMES = [
  'model',
  'pins',
  'scan',
  'data',
  'evaluation',
  'signing',
  'environments',
  'rollout',
  'waivers',
] as const
export type SectionName = (typeof SECTION_NAMES)[number]

/** A section of sluice.yaml, declared by the package that reads it. Objects in it are `v.strictObject`. */
export interface ConfigSection<T> {
  readonly name: SectionName
  readonly description: string
  /** Parses `undefined` too: what a file without the section means. */
  readonly schema: BaseSchema<unknown, T, BaseIssue<unknown>>
}

/** Declares a section; the identity function, for its types. */
export function defineSection<T>(section: ConfigSection<T>): ConfigSection<T> {
  return section
}
