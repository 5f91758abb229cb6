import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isMap, parseDocument } from 'yaml'
import { SIGSTORE_NOTE, type SigstoreNote, TRUSTED_ROOT } from '../surroundings/surroundings.js'

/**
 * Lets every sluice.yaml of a job's copy name the Sigstore that stands in, and lays its trusted root where the file
 * says. The folder that was copied is not touched.
 * @param files of the copy, relative to it
 * @returns the files that were changed
 */
export async function overlaySigstore(
  target: string,
  files: readonly string[],
  services: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const file = services[SIGSTORE_NOTE]
  if (file === undefined) return []
  const { trustedRoot, ...urls } = JSON.parse(await readFile(file, 'utf8')) as SigstoreNote
  const changed: string[] = []
  for (const name of files.filter((path) => basename(path) === 'sluice.yaml')) {
    const path = join(target, name)
    // A link may lead out of the copy.
    if (!(await lstat(path).catch(() => undefined))?.isFile()) continue
    const text = withSigning(await readFile(path, 'utf8'), { ...urls, trustedRoot: TRUSTED_ROOT })
    if (text === undefined) continue
    await writeFile(path, text)
    changed.push(name)
  }
  // Paths of a configuration start at the action's working directory: the file's own folder, or the top.
  const folders = new Set(changed.length > 0 ? ['.', ...changed.map((name) => dirname(name))] : [])
  for (const folder of folders) {
    const path = join(target, folder, TRUSTED_ROOT)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, trustedRoot)
  }
  return changed
}

/** The text with these keys in `signing`; undefined for one that is no configuration. Pure. */
export function withSigning(text: string, values: Readonly<Record<string, string>>): string | undefined {
  const document = parseDocument(text, { version: '1.2' })
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  const signing = document.get('signing')
  if (signing !== undefined && signing !== null && !isMap(signing)) return undefined
  if (!isMap(signing)) document.set('signing', document.createNode({}))
  for (const [key, value] of Object.entries(values)) document.setIn(['signing', key], value)
  return document.toString({ lineWidth: 0 })
}
