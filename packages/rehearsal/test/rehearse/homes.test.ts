import { expect, test } from 'vitest'
import type { Home } from '../../src/contract.js'
import { actionResolver } from '../../src/rehearse/homes.js'

const home: Home = {
  folder: '/work/actions',
  repository: 'octo-org/actions',
  sha: 'a'.repeat(40),
  ref: 'refs/heads/main',
  workflow: '',
}
const resolve = actionResolver(new Map([[home.repository, home]]))

test.each([
  ['octo-org/actions@v1', '/work/actions'],
  ['Octo-Org/Actions/scan@v1', '/work/actions/scan'],
  ['octo-org/actions/scan/../pin@v1', '/work/actions/pin'],
])('%s is a folder of its repository', async (uses, folder) => {
  expect(await resolve(uses)).toEqual({ kind: 'folder', folder, home })
})

test.each([
  ['octo-org/actions/..@v1'],
  ['octo-org/actions/../secret@v1'],
  ['octo-org/actions/../actions-secret@v1'],
  ['octo-org/actions/scan/../../../etc@v1'],
])('%s leads out and is nothing', async (uses) => {
  expect(await resolve(uses)).toBeUndefined()
})
