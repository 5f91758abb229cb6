import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { complain } from './complain.js'
import { type Position, readDocument, type Step } from './document.js'
import type { ConfigSection } from './section.js'

/** What `loadSection` needs of a workspace. */
export interface ConfigSource {
  exists(file: string): Promise<boolean>
  readText(file: string, limit?: number): Promise<string>
}

/** A configuration file larger than this many bytes is refused before it is parsed. */
export const CONFIG_LIMIT = 1024 * 1024

/** The name under which a missing file reads as one without sections. */
export const CONFIG_FILE = 'sluice.yaml'

/**
 * Reads one section of sluice.yaml. A missing file reads as one without sections only under the default name.
 * @throws SluiceError CONFIG_NOT_FOUND; CONFIG_MALFORMED, CONFIG_UNKNOWN_KEY, CONFIG_INVALID with line and column
 */
export async function loadSection<T>(
  source: ConfigSource,
  file: string,
  section: ConfigSection<T>,
): Promise<T> {
  return parseSection(await readConfig(source, file), file, section)
}

async function readConfig(source: ConfigSource, file: string): Promise<string> {
  if (await source.exists(file)) return source.readText(file, CONFIG_LIMIT)
  if (file === CONFIG_FILE) return ''
  throw new SluiceError('CONFIG_NOT_FOUND', `There is no configuration file \`${file}\`.`, {
    remedy: 'Correct the input `config`, or create the file with `sluice init`.',
  })
}

/** As `loadSection`, on the file's text. Pure. */
export function parseSection<T>(text: string, file: string, section: ConfigSection<T>): T {
  return parseLocated(text, file, section).settings
}

/** A section that knows where its values stand, for what is found wrong with them later. */
export interface LocatedSection<T> {
  readonly settings: T
  /** Where the value stands that the steps inside the section lead to, or the nearest around it. */
  at(path: readonly Step[]): Position
}

/** As `loadSection`, with the places of the values. @throws SluiceError as `loadSection` */
export async function loadLocatedSection<T>(
  source: ConfigSource,
  file: string,
  section: ConfigSection<T>,
): Promise<LocatedSection<T>> {
  return parseLocated(await readConfig(source, file), file, section)
}

function parseLocated<T>(text: string, file: string, section: ConfigSection<T>): LocatedSection<T> {
  const document = readDocument(text, file)
  const parsed = v.safeParse(section.schema, document.section(section.name))
  if (!parsed.success) throw complain(document, section, parsed.issues)
  return {
    settings: parsed.output,
    at: (path) => document.positionOfValue([section.name, ...path]),
  }
}
