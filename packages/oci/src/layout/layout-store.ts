import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join, sep } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Descriptor } from '../content.js'
import { type Digest, splitDigest } from '../digest.js'
import { notFound } from '../faults.js'
import { LIMITS } from '../limits.js'
import { parseIndexEntries } from '../manifest.js'
import { OCI_INDEX } from '../media-types.js'
import type { ContentStore } from '../store/content-store.js'
import { collect } from '../verified.js'
import { withLock } from './lock.js'

/** An OCI image layout on disk (image-spec 1.1, image-layout.md). No link is followed out of its folder. */
export class LayoutStore implements ContentStore {
  readonly name: string
  readonly #folder: string

  /** @param folder absolute; made on the first write when it does not exist */
  constructor(folder: string, name = `oci:${folder}`) {
    this.#folder = folder
    this.name = name
  }

  async entries(): Promise<readonly Descriptor[]> {
    if (!(await this.#exists())) return []
    const file = await this.#open('index.json')
    if (file === undefined) throw this.#invalid('it has no index.json')
    return parseIndexEntries(await collect(chunks(file), LIMITS.listing, 'index.json', this.name))
  }

  async change(edit: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    await this.#create()
    await withLock(join(await realpath(this.#folder), '.index.lock'), async () => {
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: edit(await this.entries()) }
      await this.#replace(
        this.#folder,
        'index.json',
        once(Buffer.from(`${JSON.stringify(index, null, 2)}\n`)),
      )
    })
  }

  async size(digest: Digest): Promise<number | undefined> {
    const file = await this.#open(blobPath(digest))
    if (file === undefined) return undefined
    await using handle = file
    return (await handle.stat()).size
  }

  async *read(digest: Digest): AsyncGenerator<Uint8Array> {
    const file = await this.#open(blobPath(digest))
    if (file === undefined) throw notFound(this.name, digest)
    yield* chunks(file)
  }

  async write(digest: Digest, stream: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#create()
    const { algorithm, hex } = splitDigest(digest)
    const folder = join(this.#folder, 'blobs', algorithm)
    await mkdir(folder, { recursive: true })
    await this.#replace(folder, hex, stream)
  }

  async remove(digest: Digest): Promise<void> {
    const file = await this.#inside(blobPath(digest))
    if (file !== undefined) await rm(file, { force: true })
  }

  /** Writes beside the target and renames, so that a reader sees the old file or the whole new one. */
  async #replace(folder: string, name: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const real = this.#contained(await realpath(folder), await realpath(this.#folder), folder)
    const partial = join(real, `.partial-${randomUUID()}`)
    try {
      const handle = await open(partial, 'wx')
      try {
        for await (const chunk of stream) await handle.write(chunk)
        await handle.datasync()
      } finally {
        await handle.close()
      }
      await rename(partial, join(real, name))
    } finally {
      await rm(partial, { force: true })
    }
  }

  /** @returns false when there is nothing yet. @throws SluiceError OCI_LAYOUT_INVALID when there is something else */
  async #exists(): Promise<boolean> {
    const info = await stat(this.#folder).catch(() => undefined)
    if (info === undefined) return false
    if (!info.isDirectory()) throw this.#invalid('it is not a folder')
    const marker = await this.#open('oci-layout')
    if (marker === undefined) {
      const names = await readdir(this.#folder)
      if (names.includes('oci-layout')) return true
      const others = names.filter((name) => !/^(?:\.index\.lock.*|\.partial-.*)$/.test(name))
      // Under the lock, index.json and blobs come first: another writer is just making the layout.
      if (
        others.every((name) => names.includes('.index.lock') && (name === 'blobs' || name === 'index.json'))
      )
        return false
      throw this.#invalid('it has files but no oci-layout among them')
    }
    const text = Buffer.from(await collect(chunks(marker), LIMITS.answer, 'oci-layout', this.name)).toString()
    if (!/"imageLayoutVersion"\s*:\s*"1\.\d+\.\d+"/.test(text))
      throw this.#invalid('its oci-layout does not state version 1')
    return true
  }

  async #create(): Promise<void> {
    if (await this.#exists()) return
    await mkdir(this.#folder, { recursive: true })
    await withLock(join(await realpath(this.#folder), '.index.lock'), async () => {
      if (await this.#exists()) return
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }
      await mkdir(join(this.#folder, 'blobs', 'sha256'), { recursive: true })
      await writeFile(join(this.#folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`)
      // Last, and whole: it is what makes the folder a layout for others.
      await this.#replace(this.#folder, 'oci-layout', once(Buffer.from('{"imageLayoutVersion":"1.0.0"}')))
    })
  }

  async #open(path: string): Promise<FileHandle | undefined> {
    const file = await this.#inside(path)
    if (file === undefined) return undefined
    // Without NONBLOCK, opening a pipe that was put in a blob's place would wait for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    throw this.#invalid(`${path} is not a file`)
  }

  /** The real path of a file of the layout, or undefined when it is not there. @throws SluiceError OCI_PATH_ESCAPES */
  async #inside(path: string): Promise<string | undefined> {
    try {
      return this.#contained(await realpath(join(this.#folder, path)), await realpath(this.#folder), path)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw cause
    }
  }

  #contained(real: string, root: string, path: string): string {
    if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return real
    throw new SluiceError('OCI_PATH_ESCAPES', `A link at ${path} in ${this.name} leads out of the layout.`, {
      kind: 'refused',
      remedy: 'Copy the content into the layout instead of linking to it.',
    })
  }

  #invalid(why: string): SluiceError {
    return new SluiceError('OCI_LAYOUT_INVALID', `${this.name} is not an OCI layout: ${why}.`, {
      remedy: 'Name a folder that holds oci-layout, index.json and blobs/, or an empty one to write to.',
    })
  }
}

function blobPath(digest: Digest): string {
  const { algorithm, hex } = splitDigest(digest)
  return join('blobs', algorithm, hex)
}

async function* chunks(file: FileHandle): AsyncGenerator<Uint8Array> {
  // The stream closes the handle when it ends, and when its reader stops early.
  yield* file.createReadStream({ highWaterMark: 256 * 1024 })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
