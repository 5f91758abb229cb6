import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { SluiceError } from '@sluice/errors'
import picomatch from 'picomatch'
import type { Workspace } from './context.js'

const SKIPPED = new Set(['.git', 'node_modules'])
/** Default cap on one file read into memory. */
const READ_LIMIT = 64 * 1024 * 1024
/** A glob that meets more entries than this is refused: the tree is not a repository anyone reviews. */
const ENTRY_LIMIT = 500_000

/** Opens the workspace rooted at `root`. @throws SluiceError FILE_NOT_FOUND when there is no such folder */
export async function openWorkspace(root: string): Promise<Workspace> {
  const real = await realpath(root).catch((cause: unknown) => {
    throw notFound(root, cause)
  })
  return new DiskWorkspace(real)
}

class DiskWorkspace implements Workspace {
  readonly root: string
  constructor(root: string) {
    this.root = root
  }

  async resolve(file: string): Promise<string> {
    if (isAbsolute(file)) return file
    const target = resolve(this.root, file)
    this.#contain(file, target)
    // The nearest existing ancestor decides where a file that is still to be written would land.
    let existing = target
    for (;;) {
      const real = await realpath(existing).catch(() => undefined)
      if (real !== undefined) {
        this.#contain(file, real)
        return target
      }
      const stat = await lstat(existing).catch(() => undefined)
      if (stat?.isSymbolicLink()) throw outside(file)
      existing = dirname(existing)
    }
  }

  #contain(file: string, target: string): void {
    if (target !== this.root && !target.startsWith(this.root + sep)) throw outside(file)
  }

  async glob(patterns: readonly string[]): Promise<string[]> {
    const matches = picomatch([...patterns], { dot: true })
    const found: string[] = []
    const folders = ['']
    let entries = 0
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await readdir(join(this.root, folder), { withFileTypes: true })) {
        if (++entries > ENTRY_LIMIT) throw tooMany()
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`
        if (descends(entry)) folders.push(path)
        else if (entry.isFile() && matches(path)) found.push(path)
      }
    }
    return found.sort()
  }

  async read(file: string, limit = READ_LIMIT): Promise<Uint8Array> {
    const path = await this.resolve(file)
    const handle = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
      throw notFound(file, cause)
    })
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw notFound(file)
      if (stat.size > limit) {
        throw new SluiceError(
          'FILE_TOO_LARGE',
          `${file} has ${stat.size} bytes; at most ${limit} are read.`,
          {
            remedy: 'Name the right file, or make it smaller.',
          },
        )
      }
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  }

  async readText(file: string, limit?: number): Promise<string> {
    const bytes = await this.read(file, limit)
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch (cause) {
      throw new SluiceError('FILE_NOT_TEXT', `${file} is not UTF-8 text.`, {
        remedy: 'Save the file as UTF-8, or name the right one.',
        cause,
      })
    }
  }

  async exists(file: string): Promise<boolean> {
    const path = await this.resolve(file)
    return (await lstat(path).catch(() => undefined)) !== undefined
  }

  async write(file: string, data: string | Uint8Array): Promise<string> {
    const path = await this.resolve(file)
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
    try {
      await writeFile(temporary, data, { flag: 'wx' })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    return path
  }
}

function descends(entry: Dirent): boolean {
  return entry.isDirectory() && !SKIPPED.has(entry.name)
}

/** `file` as seen from `root`, with `/`; absolute when it lies outside. */
export function displayPath(root: string, file: string): string {
  const path = relative(root, file)
  return path.startsWith('..') ? file : path.split(sep).join('/')
}

function outside(file: string): SluiceError {
  return new SluiceError(
    'PATH_OUTSIDE_WORKSPACE',
    `The path \`${file}\` leads out of the working directory.`,
    {
      remedy:
        'Use a path inside it, and no symbolic link that leaves it; or give the input as an absolute path.',
    },
  )
}

function notFound(file: string, cause?: unknown): SluiceError {
  return new SluiceError('FILE_NOT_FOUND', `There is no readable file \`${file}\`.`, {
    remedy: 'Check the path; relative ones start at the working directory.',
    cause,
  })
}

function tooMany(): SluiceError {
  return new SluiceError(
    'WORKSPACE_TOO_LARGE',
    `The working directory holds more than ${ENTRY_LIMIT} entries.`,
    {
      remedy: 'Set `working-directory` to the folder that is to be examined.',
    },
  )
}
