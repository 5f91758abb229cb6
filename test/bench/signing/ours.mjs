// Hashes a directory as `sign` and `verify` do; prints what it cost.
import { hashTree } from '@sluice/evidence'
import { measured } from './measured.mjs'

await measured(async () => {
  const { files } = await hashTree(process.argv[2])
  return files.reduce((sum, { size }) => sum + size, 0)
})
