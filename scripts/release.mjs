// `npm run release -- vX.Y.Z`: a detached commit that holds every bundle, and the tag on it. Pushing stays with a person.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './setup.mjs'

const [tag] = process.argv.slice(2)
if (!/^v\d+\.\d+\.\d+$/.test(tag ?? '')) stop(`The tag is ${JSON.stringify(tag)}; expected vX.Y.Z.`)
const version = tag.slice(1)

const manifests = [
  'package.json',
  'test/package.json',
  ...globSync('{packages,actions}/*/package.json', { cwd: root }),
]
for (const file of manifests) {
  const found = JSON.parse(readFileSync(join(root, file), 'utf8')).version
  if (found !== version) stop(`${file} has version ${found}; the whole suite is released as ${version}.`)
}
if (git('status', '--porcelain') !== '') stop('The working tree has changes; commit them first.')
if (git('tag', '--list', tag) !== '') stop(`The tag ${tag} exists; a released version never moves.`)

const branch = git('symbolic-ref', '--short', 'HEAD')
npm('run', 'generate', '--', '--check')
npm('run', 'bundle')
git('checkout', '--quiet', '--detach')
try {
  git('add', '--force', ...globSync('actions/*/dist', { cwd: root }))
  git(
    'commit',
    '--quiet',
    '--message',
    `Release ${tag}`,
    '--message',
    'Carries the bundles that main leaves out.',
  )
  git('tag', '--annotate', tag, '--message', `Sluice ${tag}`)
} finally {
  // `--force` drops an index that a failed commit left behind; dist/ is ignored and stays on disk.
  git('checkout', '--quiet', '--force', branch)
}
console.log(
  `${tag} is ready on ${git('rev-parse', '--short', `${tag}^{commit}`)}. Push it, then create the release: git push origin ${tag}`,
)

function git(...args) {
  return run('git', args)
}
function npm(...args) {
  return run('npm', args)
}
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) stop(`\`${command} ${args.join(' ')}\` ended with ${status}: ${stderr}`)
  return stdout.trim()
}
function stop(message) {
  console.error(message)
  process.exit(2)
}
