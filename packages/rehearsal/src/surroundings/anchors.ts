import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** So many Sigstores are remembered; what older ones signed is not believed any more. */
const REMEMBERED = 200
const LISTS = ['tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities'] as const
const NAME = /^(\d{13,15})-[0-9a-f-]+\.json$/

type Root = { readonly mediaType: string } & Readonly<Record<(typeof LISTS)[number], readonly unknown[]>>

/**
 * The Sigstores of earlier rehearsals, by their trusted roots. Only what is public is kept: each rehearsal has keys of
 * its own, which end with it, so nobody can sign for one that is over.
 */
export class Anchors {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** One trusted root (JSON) of this one and all that are remembered. */
  async with(current: string): Promise<string> {
    const roots: Root[] = [JSON.parse(current)]
    for (const name of (await this.#names()).slice(-REMEMBERED)) {
      roots.push(JSON.parse(await readFile(join(this.#folder, name), 'utf8')) as Root)
    }
    const merged = LISTS.map((list) => [list, roots.flatMap((root) => root[list])])
    return JSON.stringify({ mediaType: roots[0]?.mediaType, ...Object.fromEntries(merged) })
  }

  /** Remembers one; a kill in the middle leaves it out as a whole. */
  async remember(root: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const partial = join(this.#folder, `${randomUUID()}.partial`)
    await writeFile(partial, root)
    await rename(partial, join(this.#folder, `${Date.now()}-${randomUUID()}.json`))
    for (const name of (await this.#names()).slice(0, -REMEMBERED)) await rm(join(this.#folder, name))
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    return names.filter((name) => NAME.test(name)).sort()
  }
}
