import { describe, expect, test } from 'vitest'
import {
  keylessServices,
  keyWitnesses,
  readServices,
  readSigningConfig,
  readTrustConfig,
} from '../../src/index.js'

const now = new Date('2026-06-01T00:00:00Z')
const service = (name: string, more: object = {}) => ({
  url: `https://${name}.example`,
  majorApiVersion: 1,
  validFor: { start: '2026-01-01T00:00:00Z' },
  operator: name,
  ...more,
})
const configWith = (more: object) =>
  JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service('ca')],
    oidcUrls: [service('oidc')],
    rekorTlogUrls: [service('log')],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: [service('tsa', { url: 'https://tsa.example/stamp' })],
    tsaConfig: { selector: 'ANY' },
    ...more,
  })
const logsOf = (rekorTlogUrls: object[], rekorTlogConfig: object = { selector: 'ANY' }) =>
  readSigningConfig(configWith({ rekorTlogUrls, rekorTlogConfig }), now).logs.map(
    ({ url, major }) => `${new URL(url).host.split('.')[0]} v${major}`,
  )
const ended = { validFor: { start: '2025-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' } }
const future = { validFor: { start: '2026-12-01T00:00:00Z' } }
const newer = { validFor: { start: '2026-05-01T00:00:00Z' } }

test('a SigningConfig names one of each kind of service, timestamps by full URL', () => {
  expect(readSigningConfig(configWith({}), now)).toEqual({
    fulcioUrl: 'https://ca.example',
    logs: [{ url: 'https://log.example', major: 1 }],
    timestampAuthorities: ['https://tsa.example/stamp'],
  })
})

describe('of several logs', () => {
  test.each<[string, object[], object, string[]]>([
    [
      'the one that is valid now, not the one of the past',
      [service('past', ended), service('new')],
      {},
      ['new v1'],
    ],
    [
      'not the one of the future, though it is the newest',
      [service('soon', future), service('new')],
      {},
      ['new v1'],
    ],
    [
      'that of the highest version that is spoken',
      [service('one'), service('two', { majorApiVersion: 2 }), service('three', { majorApiVersion: 3 })],
      {},
      ['two v2'],
    ],
    ['the newest of a version', [service('old'), service('new', newer)], {}, ['new v1']],
    [
      'whose period begins or ends this very moment',
      [service('edge', { validFor: { start: now.toISOString(), end: now.toISOString() } })],
      {},
      ['edge v1'],
    ],
    ['all, where all are asked for', [service('a'), service('b')], { selector: 'ALL' }, ['a v1', 'b v1']],
    ['all of those that are valid', [service('a'), service('b', ended)], { selector: 'ALL' }, ['a v1']],
    [
      'as many as are asked for',
      [service('a'), service('b'), service('c')],
      { selector: 'EXACT', count: 2 },
      ['a v1', 'b v1'],
    ],
    [
      'one of each operator',
      [service('a', { operator: 'x' }), service('b', { operator: 'x', majorApiVersion: 2 }), service('c')],
      { selector: 'ALL' },
      ['b v2', 'c v1'],
    ],
    ['none, where none is named', [], {}, []],
  ])('%s', (_which, logs, rule, expected) => {
    expect(logsOf(logs, rule)).toEqual(expected)
  })

  test.each<[string, object[], object]>([
    [
      'fewer operators than are asked for',
      [service('a', { operator: 'x' }), service('b', { operator: 'x' })],
      { selector: 'EXACT', count: 2 },
    ],
    ['none that is valid', [service('a', ended), service('b', future)], { selector: 'ANY' }],
    ['none of a version that is spoken', [service('a', { majorApiVersion: 9 })], { selector: 'ALL' }],
  ])('%s is an error', (_which, logs, rule) => {
    expect(() => logsOf(logs, rule)).toThrow(expect.objectContaining({ code: 'SIGNING_CONFIG_UNMET' }))
  })
})

describe('is refused', () => {
  test.each<[string, string]>([
    ['text', 'no JSON'],
    ['another version', configWith({ mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' })],
    ['a service without a start', configWith({ caUrls: [service('a', { validFor: {} })] })],
    ['a URL of a file', configWith({ caUrls: [service('a', { url: 'file:///etc/passwd' })] })],
    ['an unknown rule', configWith({ tsaConfig: { selector: 'SOME' } })],
    ['a member twice', configWith({}).replace('{', '{"caUrls":[],')],
  ])('%s', (_what, text) => {
    expect(() => readSigningConfig(text, now)).toThrow(
      expect.objectContaining({ code: 'SIGNING_CONFIG_MALFORMED', kind: 'usage' }),
    )
  })

  test('a ClientTrustConfig without a part', () => {
    expect(() =>
      readTrustConfig('{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"}'),
    ).toThrow(expect.objectContaining({ code: 'SIGNING_CONFIG_MALFORMED' }))
  })
})

describe('services come', () => {
  const files: Record<string, string> = { 'services.json': configWith({}) }
  const read = async (path: string) => files[path] ?? ''
  const servicesOf = (...places: Parameters<typeof readServices>[0]) => readServices(places, read, now)

  test('from the public good when nothing is named, and for a key from nowhere', async () => {
    const services = await servicesOf({}, {})
    expect(keylessServices(services)).toEqual({
      fulcioUrl: 'https://fulcio.sigstore.dev',
      witnesses: { logs: [{ url: 'https://rekor.sigstore.dev', major: 1 }], timestampAuthorities: [] },
    })
    expect(keyWitnesses(services)).toEqual({ logs: [], timestampAuthorities: [] })
  })

  test('from a private authority without the public log', async () => {
    const services = await servicesOf({ fulcioUrl: 'https://own.example' })
    expect(keylessServices(services).witnesses.logs).toEqual([])
  })

  test('from the inputs, then the file of the inputs, then sluice.yaml', async () => {
    const yaml = {
      fulcioUrl: 'https://yaml.example',
      rekorUrl: 'https://yaml.example',
      tsaUrl: 'https://yaml.example',
    }
    const inputs = { rekorUrl: 'https://input.example', rekorMajor: 2 as const }
    await expect(servicesOf({ ...inputs, signingConfig: 'services.json' }, yaml)).resolves.toMatchObject({
      fulcioUrl: 'https://ca.example',
      logs: [{ url: 'https://input.example', major: 2 }],
      timestampAuthorities: ['https://tsa.example/stamp'],
    })
    await expect(servicesOf(inputs, yaml)).resolves.toMatchObject({
      fulcioUrl: 'https://yaml.example',
      logs: [{ url: 'https://input.example', major: 2 }],
      timestampAuthorities: ['https://yaml.example'],
    })
  })
})
