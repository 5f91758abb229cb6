import { posix } from 'node:path'

/** A kept file of an image, or what stands in its place. */
export type Kept =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly cut: boolean }
  | { readonly kind: 'symlink'; readonly target: string }
  /** A hard link to a file that was not kept, or a special file. */
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * The wanted files of an image, as they are after all layers (image-spec 1.1, layer.md, "Applying changesets").
 * A layer is collected first and applied at its end, because its whiteouts are about lower layers only,
 * wherever in the layer they stand.
 */
export class RootFiles {
  readonly #files = new Map<string, Kept>()
  #added = new Map<string, Kept>()
  #removed = new Set<string>()
  #emptied = new Set<string>()
  /** Folders of what the current layer added, so that the common case costs one look. */
  #folders = new Set<string>()

  /** Notes an entry of the current layer that is no folder, wanted or not: it replaces what stood there. */
  replaces(path: string): void {
    this.#removed.add(path)
    this.#added.delete(path)
    if (!this.#folders.has(path)) return
    for (const added of this.#added.keys()) if (added.startsWith(`${path}/`)) this.#added.delete(added)
  }

  keep(path: string, kept: Kept): void {
    this.#added.set(path, kept)
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
      this.#folders.add(folder)
    }
  }

  /** What the current layer, or one below, holds at `path`. */
  current(path: string): Kept | undefined {
    return this.#added.get(path) ?? this.#files.get(path)
  }

  /** `.wh.<name>` removes a name of the layers below, `.wh..wh..opq` all that is in its folder. */
  whiteout(path: string): boolean {
    const name = posix.basename(path)
    if (!name.startsWith('.wh.')) return false
    const folder = posix.dirname(path)
    if (name === '.wh..wh..opq') this.#emptied.add(folder)
    else if (!name.startsWith('.wh..wh.')) this.#removed.add(posix.join(folder, name.slice('.wh.'.length)))
    return true
  }

  endLayer(): void {
    for (const path of this.#files.keys()) if (this.#gone(path)) this.#files.delete(path)
    for (const [path, kept] of this.#added) this.#files.set(path, kept)
    this.#added = new Map()
    this.#removed = new Set()
    this.#emptied = new Set()
    this.#folders = new Set()
  }

  #gone(path: string): boolean {
    if (this.#removed.has(path)) return true
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      if (this.#removed.has(folder) || this.#emptied.has(folder)) return true
      if (folder === '.' || folder === '/') return false
    }
  }

  get count(): number {
    return this.#files.size + this.#added.size
  }

  entries(): ReadonlyMap<string, Kept> {
    return this.#files
  }
}
