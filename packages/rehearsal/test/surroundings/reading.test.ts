import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLayout, writeArtifact } from '@sluice/oci'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { withSettings } from '../../src/equivalent/configuration-overlay.js'
import { Anchors } from '../../src/surroundings/anchors.js'
import { outsideOf, readOutside, registryOf } from '../../src/surroundings/configuration.js'
import { readSetting } from '../../src/surroundings/configuration-note.js'
import { readImage, withDigests } from '../../src/surroundings/images.js'
import { registriesIn } from '../../src/surroundings/mentioned.js'
import { beside, upstreamOf } from '../../src/surroundings/upstream.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-test-surroundings-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('what lies outside of a repository', () => {
  test('are the registries of environments and ledgers, and what a canary talks to', () => {
    const text = `environments:
  dev: { target: ghcr.io/o/m/dev:live, ledger: oci://registry.example.com:5000/o/ledger }
  prod: { target: oci:layout, ledger: ledgers/prod }
rollout:
  traffic: { haproxy: { socket: /run/h.sock, backend: m } }
  metrics: { prometheus: { url: "http://prometheus:9090" } }
`
    expect(outsideOf(text)).toEqual({
      registries: ['ghcr.io', 'registry.example.com:5000'],
      rollout: [
        'rollout.traffic.haproxy.socket: /run/h.sock',
        'rollout.metrics.prometheus.url: http://prometheus:9090',
      ],
    })
  })

  test('every sluice.yaml is read, and one that is no YAML says nothing', async () => {
    await writeFile(join(folder, 'sluice.yaml'), 'environments: [')
    expect(await readOutside(folder)).toEqual({ registries: [], rollout: [] })
  })

  test.each([
    ['image', `r.example.com/o/m@sha256:${'0'.repeat(64)}`, ['r.example.com']],
    ['image', 'R.example.com:5000/${{ github.repository }}/prod:live', ['r.example.com:5000']],
    ['registry', 'r.example.com', ['r.example.com']],
    ['registry', '${{ inputs.registry }}', []],
    ['registry', '', []],
    ['registry', "${{ inputs.registry || 'r.example.com' }}", ['r.example.com']],
    ['image', 'r.example.com/o/m', ['r.example.com']],
    ['tags', 'a.example.com/o/m:1\nb.example.com/o/m:${{ github.sha }}', ['a.example.com', 'b.example.com']],
    ['anything', 'r.example.com/o/m@${{ needs.build.outputs.digest }}', ['r.example.com']],
    ['candidate', 'data/holdout.parquet', []],
    ['url', 'https://r.example.com/o/m:live', []],
    ['path', 'docs.v1/a', []],
  ])('the registry of %s: %s', (name, text, expected) =>
    expect(registriesIn([[name, text]])).toEqual({ hosts: expected, untold: [] }),
  )

  test.each([
    ['${{ inputs.host }}'],
    ["${{ inputs['host'] }}"],
    ['${{ github.event.inputs.HOST }}'],
    ['${{ vars.Host }}'],
    ['${{ env.host }}'],
    ['${{ inputs.passed }}'],
  ])('a registry that %s names is found by its value', (expression) =>
    expect(
      registriesIn([
        ['registry', expression],
        ['passed', '${{ vars.HOST }}'],
        ['host', 'r.example.com'],
        ['other', 's.example.com'],
      ]),
    ).toEqual({ hosts: ['r.example.com'], untold: [] }),
  )

  test.each([
    '${{ steps.x.outputs.registry }}',
    '${{ secrets.REGISTRY }}',
    '${{ github.repository_owner }}.example.com',
    "${{ format('{0}', inputs.host) }}",
  ])('what registry %s is cannot be told before the run', (text) =>
    expect(registriesIn([['registry', text]]).untold).toEqual([text]),
  )

  test.each([
    ['ghcr.io/o/m@sha256:0', []],
    [`ghcr.io/o/m@sha256:${'0'.repeat(64)}`, ['ghcr.io']],
    ['oci:layout', []],
    ['candidate', []],
  ])('the registry of %s', (text, expected) => expect(registryOf(text)).toEqual(expected))
})

describe('a configuration in a job’s copy', () => {
  const values = { fulcioUrl: 'http://127.0.0.1:1', trustedRoot: 'root.json' }

  test('names the Sigstore in place of its own, and keeps everything else', () => {
    const text = 'signing: # who signs\n  fulcioUrl: https://fulcio.example.com\n  ignore: [a]\nwaivers: []\n'
    const changed = withSettings(text, values, [])!
    expect(changed).toContain('# who signs')
    expect(parse(changed)).toEqual({ signing: { ...values, ignore: ['a'] }, waivers: [] })
  })

  test.each(['model: { name: m, path: p }\n', 'signing:\n', '# nothing yet\n'])(
    'gets the section where it has none: %j',
    (text) => {
      expect(parse(withSettings(text, values, [])!)).toMatchObject({ signing: values })
    },
  )

  test.each(['a: [', '- a\n', 'signing: text\n'])('is left alone where it is wrong: %j', (text) =>
    expect(withSettings(text, values, [])).toBeUndefined(),
  )
})

describe('a value that is set', () => {
  const text = 'rollout:\n  steps: [{ weight: 5 }]\n  shared: &shared [1]\n  again: *shared\n'

  test.each([
    ['rollout.traffic.haproxy.socket', '/tmp/h.sock', { traffic: { haproxy: { socket: '/tmp/h.sock' } } }],
    ['rollout.steps.0.weight', '10', { steps: [{ weight: 10 }] }],
    ['rollout.steps', '[{ weight: 100 }]', { steps: [{ weight: 100 }] }],
  ])('%s is there', (key, value, expected) => {
    expect(parse(withSettings(text, {}, [readSetting(key, value)])!).rollout).toMatchObject(expected)
  })

  test('is left out where its section is', () => {
    expect(withSettings('model: {}\n', {}, [readSetting('rollout.steps', '[]')])).toBe('model: {}\n')
  })

  test.each(['rollout.again.0', 'rollout.shared', 'rollout.steps.0.weight.x'])('%s cannot be', (key) => {
    expect(() => withSettings(text, {}, [readSetting(key, '1')])).toThrow(
      expect.objectContaining({ code: 'REHEARSAL_SET_INVALID' }),
    )
  })
})

describe('earlier Sigstores', () => {
  const root = (name: string) =>
    JSON.stringify({
      mediaType: 'm',
      tlogs: [name],
      certificateAuthorities: [name],
      ctlogs: [],
      timestampAuthorities: [],
    })

  test('are believed beside the current one, and what was cut off is not', async () => {
    const anchors = new Anchors(join(folder, 'sigstore'))
    expect(JSON.parse(await anchors.with(root('now')))).toMatchObject({ tlogs: ['now'] })
    await anchors.remember(root('before'))
    await writeFile(join(folder, 'sigstore', 'x.partial'), '{"tlogs":')
    expect(JSON.parse(await anchors.with(root('now')))).toEqual({
      ...JSON.parse(root('')),
      tlogs: ['now', 'before'],
      certificateAuthorities: ['now', 'before'],
    })
  })

  test('are forgotten beyond two hundred, oldest first', async () => {
    const anchors = new Anchors(folder)
    for (let index = 0; index < 203; index++) {
      await writeFile(join(folder, `${1_000_000_000_000 + index}-a.json`), root(String(index)))
    }
    await anchors.remember(root('last'))
    expect(await readdir(folder)).toHaveLength(200)
    const { tlogs } = JSON.parse(await anchors.with(root('now')))
    expect([tlogs[1], tlogs.at(-1)]).toEqual(['4', 'last'])
  })
})

describe('an image for the registries', () => {
  test('is read from a layout, and an input that is its bare name gets its digest', async () => {
    const layout = openLayout(join(folder, 'layout'), 'layout')
    const { digest } = await writeArtifact(layout, { artifactType: 'a/b', layers: [], tag: 'v1' })
    const image = await readImage('ghcr.io/o/m:live', 'layout:v1', folder)
    expect(image).toMatchObject({ name: 'ghcr.io/o/m', host: 'ghcr.io', tag: 'live', digest })
    const inputs = { image: 'ghcr.io/o/m', other: 'ghcr.io/o/m:live' }
    expect(withDigests(inputs, [image])).toEqual({ ...inputs, image: `ghcr.io/o/m@${digest}` })
    await expect(readImage('ghcr.io/o/m', 'layout:v2', folder)).rejects.toMatchObject({
      code: 'OCI_NOT_FOUND',
    })
  })

  test.each([
    ['oci:x', 'layout'],
    [`ghcr.io/o/m@sha256:${'0'.repeat(64)}`, 'layout'],
  ])('%s is no name for one', async (name, source) => {
    await expect(readImage(name, source, folder)).rejects.toMatchObject({ code: 'REHEARSAL_IMAGE_INVALID' })
  })
})

test.each([
  [{}, '127.0.0.1,localhost', undefined],
  [{ NO_PROXY: 'ghcr.io, .internal' }, '127.0.0.1,localhost,.internal', undefined],
  [{ no_proxy: '.io,fulcio.sigstore.dev' }, '127.0.0.1,localhost', undefined],
  [{ no_proxy: '*', HTTP_PROXY: 'http://proxy:3128' }, '127.0.0.1,localhost', ''],
])('nothing that %j spares leads past the gateway', (env, spared, plain) => {
  const told = beside('http://gateway', ['ghcr.io', 'fulcio.sigstore.dev'], env)
  expect(told).toMatchObject({ https_proxy: 'http://gateway', NO_PROXY: spared, no_proxy: spared })
  expect(told['HTTP_PROXY']).toBe(plain)
})

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
  [{ https_proxy: 'http://proxy:3128', NO_PROXY: 'example.com' }, undefined],
  [{ https_proxy: 'http://proxy:3128', no_proxy: 'localhost, .example.com' }, undefined],
  [{ https_proxy: 'http://proxy:3128', no_proxy: 'ample.com' }, 'http://proxy:3128/'],
  [{ https_proxy: 'http://proxy:3128', no_proxy: '*' }, undefined],
])('the way to pypi.example.com with %j', (env, expected) => {
  expect(upstreamOf('example.com', env)?.href).toBe(expected)
})
