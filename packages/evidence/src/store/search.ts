import { parseBundle } from '../bundle/bundle.js'
import { parseStatement } from '../bundle/statement.js'
import { refusal } from '../refusal.js'
import { folderStore, folderSubjects } from './folder.js'
import { type StoredBundle, TOTAL_LIMIT } from './store.js'

/**
 * Bundles in a folder that claim to be about a subject of this name, whatever its digest: what was signed under the
 * name, for telling how the subject at hand differs. Unverified; nothing is decided by what this finds alone.
 * @throws SluiceError STORE_UNREADABLE, EVIDENCE_TOO_MANY, EVIDENCE_TOO_LARGE
 */
export async function bundlesNaming(
  folder: string,
  name: string,
  shown: string = folder,
): Promise<StoredBundle[]> {
  const store = folderStore(folder, shown)
  const found: StoredBundle[] = []
  let total = 0
  for (const subject of await folderSubjects(folder)) {
    for (const bundle of await store.list(subject)) {
      total += bundle.bytes.length
      if (total > TOTAL_LIMIT)
        throw refusal('EVIDENCE_TOO_LARGE', `${shown} holds more than ${TOTAL_LIMIT} bytes.`)
      if (names(bundle.bytes).includes(name)) found.push(bundle)
    }
  }
  return found
}

function names(bytes: Uint8Array): string[] {
  try {
    return parseStatement(parseBundle(bytes).payload).subject.map((subject) => subject.name)
  } catch {
    return []
  }
}
