// The model that is hashed: a few large files and many small ones, made once and kept.
import { randomFillSync } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const SMALL = 16 * 1024
/** Shares of what the small files leave. */
const LARGE = [0.35, 0.25, 0.2, 0.1, 0.1]
const MIB = 1024 * 1024

/**
 * @param bytes of the whole model
 * @param small how many small files
 * @returns the folder, the paths of the large files and the bytes in each
 */
export function makeModel(parent, bytes, small) {
  const folder = join(parent, `model-${bytes}-${small}`)
  const rest = Math.max(0, bytes - small * SMALL)
  const large = LARGE.map((share, index) => ({
    path: join(folder, `model-0000${index + 1}.safetensors`),
    size: Math.floor(rest * share),
  }))
  if (!existsSync(join(folder, 'complete'))) {
    rmSync(folder, { recursive: true, force: true })
    const block = Buffer.allocUnsafe(16 * MIB)
    for (let index = 0; index < small; index++) {
      const where = join(folder, 'shards', String(index % 200))
      mkdirSync(where, { recursive: true })
      writeFileSync(join(where, `${index}.bin`), randomFillSync(block.subarray(0, SMALL)))
    }
    mkdirSync(folder, { recursive: true })
    for (const { path, size } of large) {
      const file = openSync(path, 'w')
      randomFillSync(block)
      for (let at = 0; at < size; at += block.length) {
        // Each block differs from the last, at little cost.
        block.writeDoubleLE(at, 0)
        writeSync(file, block, 0, Math.min(block.length, size - at))
      }
      closeSync(file)
    }
    writeFileSync(join(folder, 'complete'), '')
  }
  return { folder, large, files: readdirSync(folder, { recursive: true }).length }
}
