import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { complain } from './complain.js'
import { readDocument } from './document.js'
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
  if (await source.exists(file)) return parseSection(await source.readText(file, CONFIG_LIMIT), file, section)
  if (file === CONFIG_FILE) return parseSection('', file, section)
  throw new SluiceError('CONFIG_NOT_FOUND', `There is no configuration file \`${file}\`.`, {
    remedy: 'Correct the input `config`, or create the file with `sluice init`.',
  })
}

/** As `loadSection`, on the file's text. Pure. */
export function parseSection<T>(text: string, file: string, section: ConfigSection<T>): T {
  const document = readDocument(text, file)
  const parsed = v.safeParse(section.schema, document.section(section.name))
  if (parsed.success) return parsed.output
  throw complain(document, section, parsed.issues)
}
