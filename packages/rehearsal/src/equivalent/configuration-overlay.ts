import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { isMap, parseDocument, stringify } from 'yaml'
import {
  CONFIGURATION_NOTE,
  type ConfigurationNote,
  type Setting,
  TRUSTED_ROOT,
} from '../surroundings/configuration-note.js'

/**
 * Changes every sluice.yaml of a job's copy as the rehearsal says, and lays the trusted root of its Sigstore where the
 * file then names it. Where the top has none it gets one: signing needs no configuration at GitHub, and here it does.
 * The folder that was copied is not touched.
 * @param files of the copy, relative to it
 * @returns the files that were changed or made
 * @throws SluiceError REHEARSAL_SET_INVALID
 */
export async function overlayConfiguration(
  target: string,
  files: readonly string[],
  services: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const note = services[CONFIGURATION_NOTE]
  if (note === undefined) return []
  const { signing, set, trustedRoot } = JSON.parse(await readFile(note, 'utf8')) as ConfigurationNote
  const changed: string[] = []
  for (const name of files.filter((path) => basename(path) === 'sluice.yaml')) {
    const path = join(target, name)
    // A link may lead out of the copy.
    if (!(await lstat(path).catch(() => undefined))?.isFile()) continue
    const text = await readFile(path, 'utf8')
    const now = withSettings(text, signing, set)
    if (now === undefined || now === text) continue
    await writeFile(path, now)
    changed.push(name)
  }
  const top = join(target, 'sluice.yaml')
  if (Object.keys(signing).length > 0 && (await lstat(top).catch(() => undefined)) === undefined) {
    await writeFile(top, stringify({ signing }))
    changed.push('sluice.yaml')
  }
  // Paths of a configuration start at the action's working directory: the file's own folder, or the top.
  const folders = new Set(
    trustedRoot && changed.length > 0 ? ['.', ...changed.map((name) => dirname(name))] : [],
  )
  for (const folder of folders) {
    const path = join(target, folder, TRUSTED_ROOT)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, trustedRoot ?? '')
  }
  return changed
}

/**
 * The text with `signing` having these keys, and with what is `set` where it has its section; undefined for a text that
 * is no configuration. Pure.
 * @throws SluiceError REHEARSAL_SET_INVALID for a key below a plain value, or one that an anchor or alias shares
 */
export function withSettings(
  text: string,
  signing: Readonly<Record<string, string>>,
  set: readonly Setting[],
): string | undefined {
  const read = (content: string) => parseDocument(content, { version: '1.2' })
  const written = read(text)
  // Comments alone are an empty configuration.
  const document = written.contents === null ? read(`${text}\n{}\n`) : written
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  const section = document.get('signing')
  if (section !== undefined && section !== null && !isMap(section)) return undefined
  if (!isMap(section) && Object.keys(signing).length > 0) document.set('signing', document.createNode({}))
  for (const [key, value] of Object.entries(signing)) document.setIn(['signing', key], value)
  const applied = set.filter(({ path }) => document.has(path[0]))
  try {
    for (const { path, value } of applied) document.setIn(path, document.createNode(value))
    return document.toString({ lineWidth: 0 })
  } catch (cause) {
    const keys = applied.map(({ path }) => path.join('.')).join(', ')
    throw new SluiceError('REHEARSAL_SET_INVALID', `Not all of ${keys} can be set in this sluice.yaml.`, {
      remedy: 'Set no key below a plain value, and nothing that an anchor (`&`) or alias (`*`) shares.',
      cause,
    })
  }
}
