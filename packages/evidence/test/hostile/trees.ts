import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'

/** Contents by path. */
export type Tree = ReadonlyMap<string, Buffer>

const segment = fc.oneof(
  fc.constantFrom(
    'weights.bin',
    'config.json',
    'a b',
    'ab',
    'AB.C',
    'naïve',
    '模型',
    '\u{1f9e0}',
    '-rf',
    'xy:0:9',
    '.git',
    '#',
  ),
  fc.stringMatching(/^[a-z0-9_.-]{2,12}$/),
)
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
const content = fc.oneof(
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
  {
    weight: 6,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  },
  { weight: 1, arbitrary: fc.nat({ max: 255 }).map((byte) => Buffer.alloc(70_000, byte)) },
)

/**
 * Random directories that may be signed. Each has at least what every change needs to be made: a letter to put in
 * capitals, a name to decompose, a folder, an empty file, two files that differ, and room to move them.
 */
export const tree: fc.Arbitrary<Tree> = fc.array(fc.tuple(path, content), { maxLength: 8 }).map((entries) => {
  const needed: [string, Buffer][] = [
    ['README.md', Buffer.from('# Model')],
    ['layers/caf\u00e9.bin', Buffer.from('first')],
    ['layers/deep/second.bin', Buffer.from('second')],
    ['layers/__init__.py', Buffer.alloc(0)],
  ]
  const files = new Map<string, Buffer>()
  const folded = new Map<string, string>()
  for (const [name, bytes] of [...needed, ...entries]) if (admits(folded, name)) files.set(name, bytes)
  return files
})

/** Keeps names apart that some system takes for one, files apart from folders, and what is ignored out. */
function admits(folded: Map<string, string>, name: string): boolean {
  const segments = name.split('/')
  if (segments.some((one) => /^\.+$/.test(one)) || segments[0] === '.git') return false
  const added: [string, string][] = []
  for (let depth = 1; depth <= segments.length; depth++) {
    const part = segments.slice(0, depth).join('/')
    const kind = `${part}${depth === segments.length ? '' : '/'}`
    const fold = part.normalize('NFC').toLowerCase()
    const other = folded.get(fold)
    if (other !== undefined && (other !== kind || depth === segments.length)) return false
    added.push([fold, kind])
  }
  for (const [fold, kind] of added) folded.set(fold, kind)
  return true
}

/** A directory on disk that can be set back to what it was. */
export class Directory implements Disposable {
  readonly tree: Tree
  /** Absolute; `model` in a folder of its own, so that there is a place outside it. */
  readonly root: string
  readonly outside: string
  readonly #home: string

  /** @param home where to make it; a temporary folder by default */
  constructor(tree: Tree, home: string = mkdtempSync(join(tmpdir(), 'hostile-'))) {
    this.tree = tree
    this.#home = home
    this.root = join(home, 'model')
    this.outside = join(home, 'outside')
    this.restore()
  }

  file(path: string): string {
    return join(this.root, path)
  }

  restore(): void {
    rmSync(this.root, { recursive: true, force: true })
    rmSync(this.outside, { recursive: true, force: true })
    mkdirSync(this.outside, { recursive: true })
    for (const [path, bytes] of this.tree) {
      mkdirSync(dirname(this.file(path)), { recursive: true })
      writeFileSync(this.file(path), bytes)
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#home, { recursive: true, force: true })
  }
}
