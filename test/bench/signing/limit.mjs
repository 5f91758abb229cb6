// The limit of this machine: as many bytes, all in memory, one OpenSSL digest a core.
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { measured } from './measured.mjs'

if (isMainThread) {
  const bytes = Number(process.argv[2])
  const cores = availableParallelism()
  await measured(async () => {
    const done = Array.from({ length: cores }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: bytes / cores })
      return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    })
    await Promise.all(done)
    return bytes
  })
} else {
  // Small enough to stay in the second cache of a core, so that memory is no limit either.
  const buffer = Buffer.allocUnsafeSlow(512 * 1024).fill(7)
  const hash = createHash('sha256')
  for (let left = workerData; left > 0; left -= buffer.length) hash.update(buffer)
  parentPort.postMessage(hash.digest('hex'))
}
