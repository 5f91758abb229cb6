// Builds actions/<name>/dist from the compiled JavaScript: the bundle, its chunks, and the licences of what is in it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { licences } from './licences.mjs'
import { root } from './setup.mjs'

const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
/** Hashes files beside the bundle, see packages/evidence/src/hash. */
const WORKER = 'hash-worker.js'
const names = process.argv.slice(2)
const actions = readdirSync(join(root, 'actions')).filter(
  (name) => names.length === 0 || names.includes(name),
)
const shared = hashFiles([
  'pnpm-lock.yaml',
  ...globSync(['packages/*/package.json', 'packages/*/lib/**/*.js'], { cwd: root }),
])

const queue = actions.filter((name) => !isCurrent(name))
if (queue.length > 0) console.log(`Bundling ${queue.join(', ')} …`)
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker))

async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) await bundle(name)
}

async function bundle(name) {
  const folder = join(root, 'actions', name)
  const dist = join(folder, 'dist')
  rmSync(dist, { recursive: true, force: true })
  const stats = [await pack(join(folder, 'lib/index.js'), dist, join(folder, 'lib/.stats.json'))]
  if (existsSync(join(dist, WORKER))) {
    // ncc copies the file of a worker as it is, without what it imports: so the worker is a bundle of its own.
    const worker = join(root, 'packages/evidence/lib/hash', WORKER)
    stats.push(await pack(worker, join(dist, 'hash-worker'), join(folder, 'lib/.worker-stats.json')))
    rmSync(join(dist, 'hash-worker/package.json'))
    writeFileSync(join(dist, WORKER), "import './hash-worker/index.js'\n")
  }
  // ncc's own --license drops most ESM packages (xz64/license-webpack-plugin#116), so the list comes from the stats.
  writeFileSync(join(dist, 'LICENSES.txt'), licences({ modules: stats.flatMap(({ modules }) => modules) }))
  writeFileSync(join(folder, 'lib', '.bundled'), key(name))
}

/** Builds one bundle. @returns webpack's stats */
async function pack(entry, folder, stats) {
  await run([ncc, 'build', entry, '-o', folder, '-q', '-C', '--target', 'es2022', '--stats-out', stats])
  return JSON.parse(readFileSync(stats, 'utf8'))
}

function isCurrent(name) {
  const mark = join(root, 'actions', name, 'lib', '.bundled')
  return (
    existsSync(join(root, 'actions', name, 'dist/index.js')) &&
    existsSync(mark) &&
    readFileSync(mark, 'utf8') === key(name)
  )
}

function key(name) {
  return `${shared}:${hashFiles(globSync(`actions/${name}/lib/**/*.js`, { cwd: root }))}`
}

function hashFiles(files) {
  const hash = createHash('sha256')
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args[2]}: ncc ended with ${code}`)),
    )
  })
}
