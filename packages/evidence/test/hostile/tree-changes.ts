import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Chooser } from './chooser.js'
import type { Directory } from './trees.js'

/** What a directory is refused for: the differences from what was signed, or the code of an error. */
export type TreeRefusal = 'changed' | 'missing' | 'extra' | `HASH_${string}`

/**
 * One change to a signed directory. `refused` holds what must be said of it, all of it; `meaningless` says why the
 * directory is still what was signed.
 */
export type TreeChange = {
  readonly what: string
  change(directory: Directory, choose: Chooser): void
} & ({ readonly refused: readonly TreeRefusal[] } | { readonly meaningless: string })

const CAFE = 'layers/caf\u00e9.bin'

function some(directory: Directory, choose: Chooser, least = 0): string {
  const fitting = [...directory.tree].filter(([, bytes]) => bytes.length >= least).map(([path]) => path)
  return choose.of(fitting)
}
const empty = (directory: Directory, choose: Chooser) =>
  choose.of([...directory.tree].filter(([, bytes]) => bytes.length === 0).map(([path]) => path))
const folder = (directory: Directory, choose: Chooser) => dirname(some(directory, choose))
const moved = (directory: Directory, path: string) => {
  const away = join(directory.outside, 'moved')
  renameSync(directory.file(path), away)
  return away
}
const irregular = ['HASH_NOT_A_FILE'] as const

export const TREE_CHANGES: readonly TreeChange[] = [
  {
    what: 'a bit of a file is flipped',
    refused: ['changed'],
    change(directory, choose) {
      const path = directory.file(some(directory, choose, 1))
      const bytes = readFileSync(path)
      const at = choose.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << choose.below(8))
      writeFileSync(path, bytes)
    },
  },
  {
    what: 'a byte is added to a file',
    refused: ['changed'],
    change: (directory, choose) =>
      appendFileSync(directory.file(some(directory, choose)), Buffer.of(choose.below(256))),
  },
  {
    what: 'a file is cut',
    refused: ['changed'],
    change(directory, choose) {
      const path = some(directory, choose, 1)
      truncateSync(directory.file(path), choose.below(directory.tree.get(path)?.length ?? 0))
    },
  },
  {
    what: 'two files are swapped',
    refused: ['changed'],
    change(directory, choose) {
      const one = some(directory, choose, 1)
      const others = [...directory.tree].filter(
        ([, bytes]) => !bytes.equals(directory.tree.get(one) ?? bytes),
      )
      const [other] = choose.of(others)
      renameSync(directory.file(one), join(directory.outside, 'one'))
      renameSync(directory.file(other), directory.file(one))
      renameSync(join(directory.outside, 'one'), directory.file(other))
    },
  },
  {
    what: 'a name is put in capitals',
    refused: ['missing', 'extra'],
    change: (directory) => renameSync(directory.file(CAFE), directory.file('layers/Caf\u00e9.bin')),
  },
  {
    what: 'a name is decomposed',
    refused: ['missing', 'extra'],
    change: (directory) => renameSync(directory.file(CAFE), directory.file(CAFE.normalize('NFD'))),
  },
  {
    what: 'a name gets a suffix',
    refused: ['missing', 'extra'],
    change(directory, choose) {
      const path = directory.file(some(directory, choose))
      renameSync(path, path + choose.of(['.', ' ', '.py', '~', ':0:5', '\u200b']))
    },
  },
  {
    what: 'a file moves up',
    refused: ['missing', 'extra'],
    change: (directory) =>
      renameSync(directory.file('layers/deep/second.bin'), directory.file('layers/second.bin')),
  },
  {
    what: 'a name is there in capitals too',
    refused: ['HASH_NAME_COLLISION'],
    change: (directory) => copyFileSync(directory.file(CAFE), directory.file('layers/CAF\u00c9.BIN')),
  },
  {
    what: 'a name is there decomposed too',
    refused: ['HASH_NAME_COLLISION'],
    change: (directory) => copyFileSync(directory.file(CAFE), directory.file(CAFE.normalize('NFD'))),
  },
  {
    what: 'a name holds what no name may',
    refused: ['HASH_NAME'],
    change: (directory, choose) =>
      writeFileSync(
        join(directory.root, 'layers', `x${choose.of(['\n', '\\', '\u007f', '\r', '\u0001'])}y`),
        '',
      ),
  },
  {
    what: 'a name is not UTF-8',
    refused: ['HASH_NAME'],
    change: (directory, choose) =>
      writeFileSync(
        Buffer.concat([Buffer.from(`${directory.root}/layers/`), Buffer.of(choose.of([0xff, 0x80, 0xc0]))]),
        '',
      ),
  },
  {
    what: 'a file is added',
    refused: ['extra'],
    change: (directory, choose) =>
      writeFileSync(join(directory.file(folder(directory, choose)), 'added.py'), 'import os'),
  },
  {
    what: 'an empty file is added',
    refused: ['extra'],
    change: (directory, choose) =>
      writeFileSync(join(directory.file(folder(directory, choose)), 'added.py'), ''),
  },
  {
    what: 'a file is added in a new folder',
    refused: ['extra'],
    change(directory, choose) {
      // Ignored at the top only.
      const place = join(directory.file('layers'), choose.of(['.git', '.github', 'new']))
      mkdirSync(place)
      writeFileSync(join(place, 'hook'), 'x')
    },
  },
  {
    what: 'a file is removed',
    refused: ['missing'],
    change: (directory, choose) => rmSync(directory.file(some(directory, choose))),
  },
  {
    what: 'an empty file is removed',
    refused: ['missing'],
    change: (directory, choose) => rmSync(directory.file(empty(directory, choose))),
  },
  {
    what: 'a folder is removed',
    refused: ['missing'],
    change: (directory) => rmSync(directory.file('layers'), { recursive: true }),
  },
  {
    what: 'a link to the same bytes stands for a file',
    refused: irregular,
    change(directory, choose) {
      const path = some(directory, choose)
      symlinkSync(moved(directory, path), directory.file(path))
    },
  },
  {
    what: 'a link to the same files stands for a folder',
    refused: irregular,
    change: (directory) => symlinkSync(moved(directory, 'layers'), directory.file('layers')),
  },
  {
    what: 'a link is added',
    refused: irregular,
    change: (directory, choose) =>
      symlinkSync(choose.of(['/etc', 'layers', 'nowhere', '.']), directory.file('added')),
  },
  {
    what: 'a link stands for the directory',
    refused: irregular,
    change: (directory) => symlinkSync(moved(directory, '.'), directory.root),
  },
  {
    what: 'a pipe stands for a file',
    refused: irregular,
    change(directory, choose) {
      const path = directory.file(some(directory, choose))
      rmSync(path)
      execFileSync('mkfifo', [path])
    },
  },
  {
    what: 'an empty folder stands for a file',
    refused: ['missing'],
    change(directory, choose) {
      const path = directory.file(some(directory, choose))
      rmSync(path)
      mkdirSync(path)
    },
  },
  {
    what: 'a folder with the file stands for it',
    refused: ['missing', 'extra'],
    change(directory, choose) {
      const path = some(directory, choose)
      const away = moved(directory, path)
      mkdirSync(directory.file(path))
      renameSync(away, join(directory.file(path), 'file'))
    },
  },
  {
    what: 'the permissions of a file change',
    meaningless:
      'neither OMS nor the digest of a directory records permissions, as no store of models keeps them; what a reader sees in the file is the same',
    change: (directory, choose) =>
      chmodSync(directory.file(some(directory, choose)), choose.of([0o400, 0o755, 0o777, 0o4755])),
  },
  {
    what: 'the times of a file change',
    meaningless: 'they are when it was copied, not what it is',
    change: (directory, choose) =>
      utimesSync(directory.file(some(directory, choose)), 1, choose.below(2 ** 31)),
  },
  {
    what: 'a file gets a second name outside',
    meaningless: 'a hard link is the file itself, and what is outside the directory is not looked at',
    change: (directory, choose) =>
      linkSync(directory.file(some(directory, choose)), join(directory.outside, 'link')),
  },
  {
    what: 'an empty folder is added',
    meaningless: 'it holds nothing, and no format lists it',
    change: (directory) => mkdirSync(directory.file('layers/added')),
  },
  {
    what: 'a file is added where the reader ignores it',
    meaningless: 'the reader chose to; `.git` at the top is left out by default, as the reference does',
    change(directory) {
      mkdirSync(directory.file('.git'))
      writeFileSync(directory.file('.git/hook'), 'x')
    },
  },
]
