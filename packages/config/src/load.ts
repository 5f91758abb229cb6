import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { isMap, LineCounter, parseDocument } from 'yaml'
import type { ConfigSection } from './section.js'

/** What `loadSection` needs of a workspace. */
export interface ConfigSource {
  exists(file: string): Promise<boolean>
  readText(file: string, limit?: number): Promise<string>
}

/** A configuration file larger than this is refused before it is parsed. */
export const CONFIG_LIMIT = 1024 * 1024

/**
 * Reads one section of sluice.yaml. A missing file reads as one without sections only under the default name.
 * @throws SluiceError CONFIG_NOT_FOUND, CONFIG_MALFORMED, CONFIG_UNKNOWN_KEY, CONFIG_INVALID, each with line and column
 */
export async function loadSection<T>(
  source: ConfigSource,
  file: string,
  section: ConfigSection<T>,
): Promise<T> {
  if (!(await source.exists(file))) {
    if (file !== 'sluice.yaml') {
      throw new SluiceError('CONFIG_NOT_FOUND', `There is no configuration file \`${file}\`.`, {
        remedy: 'Correct the input `config`, or create the file with `sluice init`.',
      })
    }
    return parseSection('', file, section)
  }
  return parseSection(await source.readText(file, CONFIG_LIMIT), file, section)
}

/** As `loadSection`, on the file's text. Pure. */
export function parseSection<T>(text: string, file: string, section: ConfigSection<T>): T {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', uniqueKeys: true })
  const [error] = document.errors
  if (error) {
    throw new SluiceError('CONFIG_MALFORMED', `${file} is not valid YAML: ${error.message}`, {
      remedy: 'Correct the YAML.',
    })
  }
  const value = isMap(document.contents)
    ? (document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>)[section.name]
    : undefined
  const parsed = v.safeParse(section.schema, value)
  if (parsed.success) return parsed.output
  throw new SluiceError('CONFIG_INVALID', `${file}: ${parsed.issues[0].message}`, {
    remedy: 'Correct the value.',
  })
}
