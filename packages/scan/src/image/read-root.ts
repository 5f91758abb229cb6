import { posix } from 'node:path'
import { isSluiceError } from '@sluice/errors'
import { type Descriptor, isForeignLayer, type Repository } from '@sluice/oci'
import type { Gap } from '../vulnerability.js'
import { decompressLayer } from './decompress.js'
import { IMAGE_LIMITS } from './limits.js'
import { type Kept, RootFiles } from './root-files.js'
import { readTar, type TarEntry, TarFault } from './tar.js'
import { wanted } from './wanted.js'

/** The wanted files of an image's root, and what could not be read. */
export interface RootRead {
  readonly files: ReadonlyMap<string, Kept>
  readonly gaps: readonly Gap[]
  /** Entries of all layers. */
  readonly entries: number
}

interface Counts {
  entries: number
  expanded: number
  kept: number
}

/**
 * Streams the layers of an image, the lowest first, and keeps the files that the scan wants. Nothing is
 * extracted; links are data.
 * @throws SluiceError of the repository, such as OCI_DIGEST_MISMATCH
 */
export async function readRoot(repository: Repository, layers: readonly Descriptor[]): Promise<RootRead> {
  const root = new RootFiles()
  const gaps: Gap[] = []
  const counts: Counts = { entries: 0, expanded: 0, kept: 0 }
  for (const [index, layer] of layers.entries()) {
    if (index >= IMAGE_LIMITS.layers) {
      gaps.push(unreadable(layer, `the image has more than ${IMAGE_LIMITS.layers} layers`))
      break
    }
    if (isForeignLayer(layer.mediaType) && !(await repository.hasBlob(layer.digest))) {
      gaps.push(unreadable(layer, 'it is kept elsewhere'))
      continue
    }
    try {
      await readLayer(repository.blob(layer), root, counts)
    } catch (error) {
      const why = reasonOf(error)
      if (why === undefined) throw error
      gaps.push(unreadable(layer, why))
    }
    root.endLayer()
  }
  return { files: root.entries(), gaps, entries: counts.entries }
}

async function readLayer(blob: AsyncIterable<Uint8Array>, root: RootFiles, counts: Counts): Promise<void> {
  for await (const entry of readTar(counted(decompressLayer(blob), counts))) {
    if (++counts.entries > IMAGE_LIMITS.entries) throw new TarFault('there are too many entries')
    const path = posix.normalize(`/${entry.name}`).slice(1).replace(/\/$/, '')
    if (path === '' || root.whiteout(path)) continue
    if (entry.type === 'directory') continue
    root.replaces(path)
    const rule = wanted(path)
    if (rule === undefined) continue
    if (root.count >= IMAGE_LIMITS.files)
      throw new TarFault(`it holds more than ${IMAGE_LIMITS.files} wanted files`)
    root.keep(path, await keep(entry, rule.keep, root, counts))
  }
}

async function keep(entry: TarEntry, limit: number, root: RootFiles, counts: Counts): Promise<Kept> {
  switch (entry.type) {
    case 'file': {
      const bytes = Uint8Array.from(await entry.body(limit))
      counts.kept += bytes.length
      if (counts.kept > IMAGE_LIMITS.kept) throw new TarFault('its package databases are too large')
      return { kind: 'file', bytes, cut: bytes.length < entry.size }
    }
    case 'symlink':
      return { kind: 'symlink', target: entry.target }
    case 'link':
      return (
        root.current(posix.normalize(`/${entry.target}`).slice(1)) ?? {
          kind: 'unreadable',
          why: 'it is a hard link to a file that is not kept',
        }
      )
    default:
      return { kind: 'unreadable', why: 'it is no regular file' }
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, counts: Counts): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    counts.expanded += chunk.length
    if (counts.expanded > IMAGE_LIMITS.expanded) throw new TarFault('it expands to too many bytes')
    yield chunk
  }
}

/** Why a layer's content is at fault; undefined when something else is. */
function reasonOf(error: unknown): string | undefined {
  if (isSluiceError(error) || !(error instanceof Error)) return undefined
  if (error instanceof TarFault) return error.message
  const code = String((error as NodeJS.ErrnoException).code ?? '')
  return /^(?:Z_|ZSTD_|ERR_ZSTD|ERR_BUFFER_TOO_LARGE)/.test(code) ? 'its compression is broken' : undefined
}

function unreadable(layer: Descriptor, why: string): Gap {
  return {
    rule: 'image/layer-unreadable',
    level: 'unknown',
    message: `Layer ${layer.digest} is not read wholly: ${why}.`,
    remedy: 'Build and push the image again with a current tool.',
  }
}
