import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { SluiceError } from '@sluice/errors'
import type { Pack } from 'tar-stream'
import { type Content, readFile } from './put.js'

/** One layer of an image to be made. */
export interface LayerSource {
  /** Path in the image (`app/server.js`, no leading `/`) to content. */
  readonly files: ReadonlyMap<string, Content>
  /** Permission bits of every file; 0o644 by default. */
  readonly mode?: number
  /** Permission bits of single files that differ. */
  readonly modes?: ReadonlyMap<string, number>
}

/**
 * The layer as a tar stream that depends on the content alone: entries sorted, folders made explicit,
 * owner 0, all times the epoch.
 * @throws SluiceError OCI_LAYER_PATH_INVALID, OCI_FILE_UNREADABLE
 */
export async function* tarLayer(layer: LayerSource): AsyncGenerator<Uint8Array> {
  // Loaded where it is used: most actions never make or read a tar.
  const { pack } = await import('tar-stream')
  const tar = pack()
  fill(tar, layer).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  )
  yield* tar as AsyncIterable<Uint8Array>
}

/** The same, compressed. With one version of Node.js the bytes are always the same. */
export async function* gzipLayer(layer: LayerSource): AsyncGenerator<Uint8Array> {
  const tar = Readable.from(tarLayer(layer), { objectMode: false })
  const gzip = createGzip({ level: 6 })
  tar.on('error', (error) => gzip.destroy(error))
  let first = true
  for await (const chunk of tar.pipe(gzip) as AsyncIterable<Buffer>) {
    // Byte 9 names the operating system that compressed (RFC 1952); 255 is "unknown", and the same everywhere.
    if (first && chunk.byteLength > 9) chunk[9] = 255
    first = false
    yield chunk
  }
}

async function fill(tar: Pack, layer: LayerSource): Promise<void> {
  const paths = [...layer.files.keys()].map(checked).sort()
  const written = new Set<string>()
  for (const path of paths) {
    for (const folder of foldersAbove(path)) {
      if (written.has(folder)) continue
      written.add(folder)
      await entry(tar, { name: `${folder}/`, type: 'directory', mode: 0o755 }, 0, nothing())
    }
    const content = layer.files.get(path)!
    const mode = layer.modes?.get(path) ?? layer.mode ?? 0o644
    const size = content instanceof Uint8Array ? content.byteLength : await sizeOf(content.file)
    await entry(
      tar,
      { name: path, type: 'file', mode },
      size,
      content instanceof Uint8Array ? once(content) : readFile(content.file),
    )
  }
}

async function entry(
  tar: Pack,
  header: { readonly name: string; readonly type: 'file' | 'directory'; readonly mode: number },
  size: number,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const sink = tar.entry({ ...header, size, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' })
  for await (const chunk of content) {
    if (sink.write(chunk)) continue
    await new Promise<void>((resolve) => {
      sink.once('drain', () => resolve())
      sink.once('close', () => resolve())
    })
    // The reader left; nobody waits for the rest.
    if (tar.destroyed) return
  }
  await new Promise<void>((resolve, reject) => {
    sink.once('error', reject)
    sink.once('close', () => resolve())
    sink.end(() => resolve())
  })
}

function checked(path: string): string {
  if (
    path !== '' &&
    !path.startsWith('/') &&
    posix.normalize(path) === path &&
    !path.startsWith('../') &&
    path !== '..' &&
    path !== '.' &&
    !path.endsWith('/')
  ) {
    return path
  }
  throw new SluiceError(
    'OCI_LAYER_PATH_INVALID',
    `"${path.slice(0, 200)}" is not a path in an image; expected a relative one without "." and "..".`,
    {
      remedy: 'Write it as app/server.js.',
    },
  )
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (cause) {
    throw new SluiceError(
      'OCI_FILE_UNREADABLE',
      `${file} cannot be read; it should become part of an image.`,
      {
        cause,
        remedy: 'Check that the file exists and may be read.',
      },
    )
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
