import { expect, test } from 'vitest'
import { satisfies } from '../../src/equivalent/version.js'
import { jobRig, sh, uses } from '../job/rig.js'

const major = process.versions.node.split('.')[0]

test('setup-node puts the Node of the rehearsal on PATH, and says when another was asked for', async () => {
  await using rig = await jobRig()
  const { result, log } = await rig.run(
    [
      uses('actions/setup-node@v5', { 'node-version': `${major}.x`, cache: 'npm' }, { id: 'node' }),
      sh('node -p process.execPath'),
      uses('actions/setup-node@v5', { 'node-version-file': 'package.json' }),
    ],
    {
      workspaceFiles: { 'package.json': '{"engines":{"node":">=99"}}' },
      job: { outputs: { version: '${{ steps.node.outputs.node-version }}' } },
    },
  )
  expect(result).toMatchObject({ conclusion: 'success', outputs: { version: process.version } })
  expect(log).toContain(process.execPath)
  expect(result.steps[0]?.annotations).toEqual([])
  expect(result.steps[2]?.annotations[0]?.message).toMatch(/asks for Node >=99; this machine has/)
})

test('setup-python gives the job an environment of its own', async () => {
  await using rig = await jobRig()
  const { result, log, temporary } = await rig.run([
    uses('actions/setup-python@v6', { 'python-version': '3.99' }),
    sh('python -c "import sys; print(sys.prefix)"'),
  ])
  expect(result.conclusion).toBe('success')
  expect(log.some((line) => line.startsWith(`${temporary}/tools/python-3.`))).toBe(true)
  expect(result.steps[0]?.annotations[0]?.message).toMatch(/asks for Python 3.99; this machine has 3\./)
}, 60_000)

test('a cache is never hit, and a step that demands one fails', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([
    uses('actions/cache@v5', { path: 'x', key: 'k' }, { id: 'cache' }),
    sh('echo install', { if: "steps.cache.outputs.cache-hit != 'true'" }),
    uses('actions/cache/restore@v5', { path: 'x', key: 'k', 'fail-on-cache-miss': 'true' }),
  ])
  expect(result.steps.map(({ conclusion }) => conclusion)).toEqual(['success', 'success', 'failure'])
  expect(result.steps[2]?.annotations[0]?.message).toMatch('CACHE_MISSED')
})

test('an equivalent warns of inputs that the action does not have', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([uses('actions/cache@v5', { path: 'x', key: 'k', keys: 'z' })])
  expect(result.steps[0]?.annotations[0]?.message).toMatch(/Unexpected input\(s\) 'keys'/)
})

test.each([
  ['24.21.0', '24', true],
  ['24.21.0', 'v24.x', true],
  ['24.21.0', '24.2', false],
  ['24.21.0', '>=20 <25', true],
  ['24.21.0', '>= 25', false],
  ['24.21.0', '^24.1 || ^20', true],
  ['24.21.0', '~24.20', false],
  ['24.21.0', 'lts/*', true],
  ['3.11.7', '3.1', false],
  ['3.11.7', '>=3.10,<3.12', true],
  ['3.11.7', '3.13', false],
])('%s for %s: %s', (version, wanted, fits) => {
  expect(satisfies(version, wanted)).toBe(fits)
})
