import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The licence texts of every package that a bundle holds.
 * @param stats webpack's stats, whose module identifiers name the files that went in
 */
export function licences(stats) {
  const folders = packageFolders(stats)
  const parts = []
  for (const [folder, { name, version, license }] of [...folders].sort(([, a], [, b]) =>
    a.name < b.name ? -1 : 1,
  )) {
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying|notice)/i.test(entry))
    const text = file
      ? readFileSync(join(folder, file), 'utf8').trim()
      : `Licence: ${license ?? 'not stated'}`
    parts.push(`${name} ${version} (${license ?? 'see below'})\n\n${text}\n`)
  }
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** The real folders of the packages in a bundle, with name, version and licence. */
function packageFolders(stats) {
  const found = new Map()
  const visit = (module) => {
    const file = (module.identifier ?? '').split('|').find((part) => part.includes('/node_modules/'))
    const match = file?.match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)
    const folder = match?.[0].replace(/^.*!/, '')
    if (folder && !found.has(folder) && existsSync(join(folder, 'package.json'))) {
      found.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
    }
    for (const inner of module.modules ?? []) visit(inner)
  }
  for (const module of stats.modules ?? []) visit(module)
  return found
}
