// File after file through a stream into a hash, as actions/attest and most actions do.
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { measured } from './measured.mjs'

await measured(async () => {
  let bytes = 0
  for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const stream = createReadStream(join(entry.parentPath, entry.name))
    await pipeline(stream, createHash('sha256'))
    bytes += stream.bytesRead
  }
  return bytes
})
