// Writes the generated files from the compiled declarations: `node scripts/generate.mjs` after `tsc -b`.
// With --check it writes nothing, names the files that are not current, and fails.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from '../packages/cli/lib/generate/index.js'
import { root } from './setup.mjs'

const [flag, ...others] = process.argv.slice(2)
if (others.length > 0 || (flag !== undefined && flag !== '--check')) {
  console.error('Usage: node scripts/generate.mjs [--check]')
  process.exit(2)
}
const check = flag === '--check'

let generated
try {
  generated = await generate(root)
} catch (error) {
  if (error?.name !== 'SluiceError') throw error
  console.error(`generate: ${error.message} ${error.remedy}`)
  process.exit(1)
}

const { files, missing } = generated
const stale = [...files].filter(([file, text]) => {
  const path = join(root, file)
  return !existsSync(path) || readFileSync(path, 'utf8') !== text
})
for (const problem of missing) console.error(`generate: ${problem}`)
if (check) {
  for (const [file] of stale) console.error(`generate: ${file} is not current; run \`npm run generate\`.`)
  if (stale.length > 0 || missing.length > 0) process.exit(1)
  console.log(`${files.size} generated files are current.`)
} else {
  for (const [file, text] of stale) writeFileSync(join(root, file), text)
  console.log(`Wrote ${stale.length} of ${files.size} generated files.`)
}
