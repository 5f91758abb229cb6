import { copyClosure } from '@sluice/oci'
import { expect, test } from 'vitest'
import { startWorld, type World } from './world.js'

/** Puts an image where prod's tag is, and has rescan.yml look there, with the repository's own advisories. */
async function inProduction(world: World, base: 'base' | 'base-vulnerable'): Promise<void> {
  const image = await world.push('champion', {}, base)
  const digest = image.slice(image.indexOf('sha256:'))
  await copyClosure(await world.open(image), digest, await world.open(world.target('prod')), { tag: 'live' })
  await world.edit(
    '.github/workflows/rescan.yml',
    '      advisories-url: https://osv-vulnerabilities.storage.googleapis.com/Debian/all.zip\n',
    '',
  )
}

test('what is in production is held against today’s advisories: nothing known', async () => {
  await using world = await startWorld()
  await inProduction(world, 'base')
  const run = await world.rehearse('rescan.yml', { event: 'schedule' })
  expect(run, run.log).toMatchObject({ conclusion: 'success', conclusions: { 'prod/scan': 'success' } })
  expect(run.step('prod/scan', 'scan').outputs).toMatchObject({ verdict: 'pass', vulnerabilities: '0' })
})

test('a hole that became known after the release fails the run, and is named', async () => {
  await using world = await startWorld()
  await inProduction(world, 'base-vulnerable')
  const run = await world.rehearse('rescan.yml', { event: 'schedule' })
  expect(run).toMatchObject({ conclusion: 'failure', conclusions: { 'prod/scan': 'failure' } })
  expect(run.step('prod/scan', 'scan').summary).toContain('CVE-2023-5363')
})

test.each(['http://127.0.0.1:1/all.zip', '--output=/dev/null'])(
  'advisories that cannot be fetched, from %s, are no pass',
  async (url) => {
    await using world = await startWorld()
    await inProduction(world, 'base')
    const image = `image: ${world.target('prod')}:live`
    await world.edit('.github/workflows/rescan.yml', image, `${image}\n      advisories-url: ${url}`)
    const run = await world.rehearse('rescan.yml', { event: 'schedule' })
    expect(run.conclusions).toEqual({ 'prod/scan': 'failure' })
  },
)
