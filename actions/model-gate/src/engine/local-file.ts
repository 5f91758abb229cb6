import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { SluiceError } from '@sluice/errors'
import { type InputFormat, inputFormat, parquetRows } from '@sluice/evaluation'
import { displayPath, type Workspace } from '@sluice/toolkit'

/** A file that is read by an engine and not into memory. */
export interface LocalFile {
  /** Absolute. */
  readonly path: string
  readonly name: string
  readonly format: InputFormat
  readonly bytes: number
}

/** @throws SluiceError PATH_OUTSIDE_WORKSPACE, FILE_NOT_FOUND, TABLE_FORMAT_UNKNOWN */
export async function localFile(workspace: Workspace, file: string): Promise<LocalFile> {
  const path = await workspace.resolve(file)
  const name = displayPath(workspace.root, path)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile())
    throw new SluiceError('FILE_NOT_FOUND', `There is no file ${name}.`, {
      remedy: 'Correct the path, or write the file in a step before.',
    })
  const handle = await open(path)
  try {
    const start = new Uint8Array(8)
    await handle.read(start, 0, start.length, 0)
    return { path, name, format: inputFormat(name, start), bytes: found.size }
  } finally {
    await handle.close()
  }
}

/** Rows of a table without reading it into memory: of Parquet what its footer says, of text its lines. */
export async function rowsOf({ path, format, bytes, name }: LocalFile): Promise<number> {
  if (format === 'parquet') {
    const handle = await open(path)
    try {
      return await parquetRows(name, bytes, async (start, end) => {
        const part = new Uint8Array(end - start)
        await handle.read(part, 0, part.length, start)
        return part
      })
    } finally {
      await handle.close()
    }
  }
  let lines = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    for (let at = (chunk as Buffer).indexOf(0x0a); at !== -1; at = (chunk as Buffer).indexOf(0x0a, at + 1))
      lines++
  return lines
}

/** Lower-case hex. */
export async function digestOf({ path }: LocalFile): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** What changes when a file is written to: a verdict is on one content of it. */
export async function stampOf({ path }: LocalFile): Promise<string> {
  const { ctimeMs, ino, mtimeMs, size } = await stat(path)
  return [ino, size, mtimeMs, ctimeMs].join()
}
