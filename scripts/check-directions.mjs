// Holds the dependency directions of docs/architecture.md: in package.json, in tsconfig references, and in imports.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root as checkout } from './setup.mjs'

// A folder may be given, so that a test can hold up a tree that breaks the rule.
const root = process.argv[2] ?? checkout

/** What each package may know, besides `errors`, which all may. */
export const DIRECTIONS = {
  errors: [],
  verdict: [],
  statistics: [],
  oci: [],
  config: ['verdict'],
  toolkit: ['verdict', 'config'],
  pins: ['verdict', 'config'],
  modelfiles: ['verdict', 'config'],
  scan: ['verdict', 'config', 'oci'],
  evaluation: ['verdict', 'config', 'statistics'],
  evidence: ['verdict', 'config', 'oci'],
  promotion: ['verdict', 'config', 'evidence', 'oci'],
  rollout: ['verdict', 'config', 'statistics', 'evidence'],
  rehearsal: ['verdict', 'toolkit', 'oci'],
}

const complaints = []
for (const name of readdirSync(join(root, 'packages'))) {
  if (name === 'cli') continue
  const allowed = DIRECTIONS[name]
  if (!allowed)
    complaints.push(`packages/${name}: not in the table of directions (scripts/check-directions.mjs)`)
  else check(`packages/${name}`, new Set(['errors', ...allowed].map((other) => `@sluice/${other}`)))
}
for (const name of readdirSync(join(root, 'actions'))) {
  check(`actions/${name}`, new Set(Object.keys(DIRECTIONS).map((other) => `@sluice/${other}`)))
}

function check(folder, allowed) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name.startsWith('@sluice/') && !allowed.has(name))
      complaints.push(`${folder}/package.json depends on ${name}`)
  }
  const references = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')).references ?? []
  for (const { path } of references) {
    const name = `@sluice/${path.split('/').at(-1)}`
    if (!allowed.has(name)) complaints.push(`${folder}/tsconfig.json refers to ${name}`)
  }
  if (!existsSync(join(root, folder, 'src'))) return
  for (const file of globSync('src/**/*.ts', { cwd: join(root, folder) })) {
    const text = readFileSync(join(root, folder, file), 'utf8')
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'((?:@|[a-z])[\w@/.:-]*)'/g)) {
      if (specifier.startsWith('node:')) continue
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      if (name.startsWith('@sluice/') && !allowed.has(name))
        complaints.push(`${folder}/${file} imports ${name}`)
      if (!declared.has(name))
        complaints.push(`${folder}/${file} imports ${name}, which its package.json does not declare`)
    }
  }
}

for (const complaint of complaints) console.error(`direction: ${complaint}`)
if (complaints.length > 0) process.exit(1)
console.log('Dependency directions hold.')
