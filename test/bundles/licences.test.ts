import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { actionsFolder } from './rig.js'

const bundles = globSync('*/dist/index.js', { cwd: actionsFolder }).map(
  (file) => file.split('/')[0] as string,
)

test('every action has a bundle', () => {
  expect(bundles.length).toBeGreaterThanOrEqual(9)
})

describe.each(bundles)('the bundle of %s', (name) => {
  const chunks = globSync('**/*.js', { cwd: `${actionsFolder}/${name}/dist` })
  const code = chunks
    .map((chunk) => readFileSync(`${actionsFolder}/${name}/dist/${chunk}`, 'utf8'))
    .join('\n')

  test('carries the licence of every package in it', () => {
    const notice = readFileSync(`${actionsFolder}/${name}/dist/LICENSES.txt`, 'utf8')
    // webpack writes the path of each module into the code, independently of the stats the notice is made of.
    const packages = new Set(
      [...code.matchAll(/node_modules\/\.pnpm\/[^/\s"]+\/node_modules\/((?:@[^/\s"]+\/)?[^/\s"]+)\//g)].map(
        ([, found]) => found as string,
      ),
    )
    expect(packages.size).toBeGreaterThan(0)
    expect([...packages].filter((found) => !notice.includes(`${found} `))).toEqual([])
  })
})
