import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLayout } from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { ALPINE, DEBIAN, dpkg, image, index, LIBSSL, type Tree } from '../../../packages/scan/test/images.js'
import { action } from '../src/action.js'

const example = (path: string) =>
  readFile(new URL(`../../../examples/flight-delays/${path}`, import.meta.url), 'utf8')
const ADVISORIES = ['DEBIAN-CVE-2023-5363', 'DSA-5532-1', 'DEBIAN-CVE-2022-37434', 'DEBIAN-CVE-2023-4911']

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]
const scan = (context: Context, given: Given = {}) =>
  action.run(inputsWith(action, { image: 'oci:image', advisories: 'advisories', ...given }), context)

async function base(name: string): Promise<Tree> {
  return {
    'etc/os-release': await example(`image/${name}/etc/os-release`),
    'var/lib/dpkg/status': await example(`image/${name}/var/lib/dpkg/status`),
  }
}

/** A workspace with the example's advisories and an OCI layout of one image. */
async function workspace(layers: readonly Tree[], files: Readonly<Record<string, string>> = {}) {
  const advisories = await Promise.all(
    ADVISORIES.map(async (id) => [`advisories/${id}.json`, await example(`advisories/${id}.json`)] as const),
  )
  const context = await testContext({ files: { ...Object.fromEntries(advisories), ...files } })
  const layout = await openLayout(join(context.workspace.root, 'image'))
  const top = await image(layout, layers, { tag: 'v1' })
  return Object.assign(context, { layout, top })
}

const REPORT = (digest: string) =>
  JSON.stringify({
    SchemaVersion: 2,
    ArtifactType: 'container_image',
    Metadata: { RepoDigests: [`a@${digest}`] },
    Results: [
      {
        Class: 'os-pkgs',
        Vulnerabilities: [
          { VulnerabilityID: 'CVE-2025-1', PkgName: 'bash', InstalledVersion: '5', Severity: 'CRITICAL' },
        ],
      },
    ],
  })

test("the example's base passes, and says by which advisories", async () => {
  await using context = await workspace([await base('base')])
  const subject = `flight-delays@${context.top.digest}`
  const result = await scan(context, { subject })
  expect(result).toMatchObject({
    verdict: 'pass',
    findings: [],
    outputs: {
      digest: context.top.digest,
      vulnerabilities: '0',
      'advisories-updated': '2026-11-25T00:00:00Z',
    },
  })
  expect(Number(result.outputs['packages'])).toBeGreaterThan(5)
  expect(result.statements).toMatchObject([
    {
      predicateType: 'https://in-toto.io/attestation/vulns/v0.2',
      predicate: {
        scanner: { result: [], db: { lastUpdate: '2026-11-25T00:00:00Z' } },
        metadata: { verdict: 'pass' },
      },
    },
  ])
})

test("the example's vulnerable base fails, once for the flaw that two advisories describe", async () => {
  await using context = await workspace([await base('base-vulnerable')])
  const result = await scan(context, { subject: `flight-delays@${context.top.digest}` })
  expect(result.verdict).toBe('fail')
  expect(result.headline).toContain('libssl3 3.0.11-1~deb12u1: CVE-2023-5363, high (CVSS 7.5); fixed in')
  expect(result.findings).toHaveLength(1)
  expect(result.statements).toMatchObject([
    { predicate: { metadata: { verdict: 'fail' }, scanner: { result: [{ id: 'CVE-2023-5363' }] } } },
  ])
})

test('a later layer that only hides the package database does not make the image clean', async () => {
  await using context = await workspace([await base('base-vulnerable'), { 'var/lib/dpkg/.wh.status': '' }])
  expect(await scan(context)).toMatchObject({
    verdict: 'inconclusive',
    findings: [{ rule: 'image/no-packages' }],
  })
})

test('a waiver by fingerprint accepts one vulnerability until it expires', async () => {
  await using first = await workspace([await base('base-vulnerable')])
  const [finding] = (await scan(first)).findings
  const waiver = (expires: string) =>
    `waivers:\n  - { fingerprint: ${finding?.fingerprint}, reason: not reachable, owner: me, expires: ${expires} }\n`
  await using held = await workspace([await base('base-vulnerable')], { 'sluice.yaml': waiver('2026-12-31') })
  expect(await scan(held)).toMatchObject({ verdict: 'pass' })
  await using expired = await workspace([await base('base-vulnerable')], {
    'sluice.yaml': waiver('2026-01-01'),
  })
  expect(await scan(expired)).toMatchObject({ verdict: 'fail' })
})

test('the input `severity` overrides sluice.yaml', async () => {
  await using context = await workspace([await base('base-vulnerable')], {
    'sluice.yaml': 'scan: { images: { failOn: low } }\n',
  })
  expect(await scan(context, { severity: 'critical' })).toMatchObject({ verdict: 'warn' })
})

describe('what is not known is not decided', () => {
  const STATUS = { 'var/lib/dpkg/status': dpkg([LIBSSL]) }
  test.each<[string, Tree, string]>([
    [
      'an unknown distribution',
      { ...STATUS, 'etc/os-release': 'ID=fedora\nVERSION_ID=42\n' },
      'image/unknown-distribution',
    ],
    ['an image from scratch', { 'app/server': 'binary' }, 'image/unknown-distribution'],
    [
      'a distribution that the advisories do not cover',
      { 'etc/os-release': ALPINE, 'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n' },
      'image/advisories-missing',
    ],
    [
      'another release',
      { ...STATUS, 'etc/os-release': DEBIAN.replace('12', '11').replace('"12"', '"11"') },
      'image/advisories-missing',
    ],
    [
      'Python packages without PyPI advisories',
      { ...STATUS, 'etc/os-release': DEBIAN, 'a.dist-info/METADATA': 'Name: a\nVersion: 1\n' },
      'image/advisories-missing',
    ],
  ])('%s', async (_, tree, rule) => {
    await using context = await workspace([tree])
    const { verdict, findings } = await scan(context)
    expect(findings.filter(({ level }) => level === 'unknown').map((finding) => finding.rule)).toEqual([rule])
    expect(verdict === 'inconclusive' || findings.some(({ level }) => level === 'error')).toBe(true)
  })

  test.each([
    ['too old', '2026-12-25T00:00:00Z'],
    ['from the future', '2026-10-25T00:00:00Z'],
  ])('advisories that are %s', async (_, now) => {
    await using context = await workspace([await base('base')], {
      'sluice.yaml': 'scan: { images: { advisoriesMaxAgeDays: 7 } }\n',
    })
    const at = (time: string) => ({ ...context, clock: { ...context.clock, now: () => new Date(time) } })
    expect(await scan(at(now))).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule: 'image/advisories-stale' }],
    })
    expect(await scan(at('2026-11-30T00:00:00Z'))).toMatchObject({ verdict: 'pass' })
  })

  test('a subject that is another image', async () => {
    await using context = await workspace([await base('base')])
    const subject = `flight-delays@sha256:${'0'.repeat(64)}`
    expect(await scan(context, { subject })).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule: 'image/subject-is-another' }],
      statements: [],
    })
    // A waiver may let the run pass, but makes no evidence about what was not scanned.
    await context.workspace.write(
      'sluice.yaml',
      'waivers: [{ rule: image/subject-is-another, reason: r, owner: o, expires: 2030-01-01 }]\n',
    )
    expect(await scan(context, { subject })).toMatchObject({ verdict: 'pass', statements: [] })
  })
})

describe('reports of other scanners', () => {
  test('are judged together with our own findings', async () => {
    await using context = await workspace([await base('base-vulnerable')])
    await context.workspace.write('trivy.json', REPORT(context.top.digest))
    const { findings } = await scan(context, { reports: ['trivy.json'] })
    expect(findings.map(({ message }) => /CVE-[\d-]+/.exec(message)?.[0])).toEqual([
      'CVE-2025-1',
      'CVE-2023-5363',
    ])
  })

  test('speak alone where there are no advisories, also about a distribution that we do not know', async () => {
    await using context = await workspace([{ 'etc/os-release': 'ID=fedora\n' }])
    await context.workspace.write('trivy.json', REPORT(context.top.digest))
    expect(await scan(context, { reports: ['trivy.json'], advisories: undefined })).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'image/vulnerability' }],
    })
  })

  test('about another image decide nothing', async () => {
    await using context = await workspace([await base('base')])
    const report = JSON.parse(REPORT(`sha256:${'0'.repeat(64)}`))
    report.Results[0].Vulnerabilities = []
    await context.workspace.write('trivy.json', JSON.stringify(report))
    expect(await scan(context, { reports: ['trivy.json'] })).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule: 'image/report-of-another-image' }],
    })
  })
})

test('every platform of an index is scanned, or those that are wanted', async () => {
  await using context = await workspace([await base('base')])
  const bad = await image(context.layout, [await base('base-vulnerable')], { architecture: 'arm64' })
  const top = await index(context.layout, { 'linux/amd64': context.top, 'linux/arm64': bad })
  const given = { image: `oci:image@${top.digest}` }
  expect(await scan(context, given)).toMatchObject({ verdict: 'fail' })
  expect(await scan(context, { ...given, platforms: ['linux/amd64'] })).toMatchObject({ verdict: 'pass' })
  await expect(scan(context, { ...given, platforms: ['linux/s390x'] })).rejects.toMatchObject({
    code: 'IMAGE_PLATFORM_NOT_FOUND',
  })
})

describe('wrong input', () => {
  const empty = (): Promise<TestContext & { top: { digest: string } }> =>
    workspace([{ 'etc/os-release': DEBIAN }])
  test.each<[string, Given, string]>([
    ['no advisories and no reports', { advisories: undefined }, 'IMAGE_SCAN_NOTHING'],
    ['a folder that is not there', { advisories: 'missing' }, 'ADVISORIES_NOT_FOUND'],
    ['a folder outside', { advisories: '../..' }, 'PATH_OUTSIDE_WORKSPACE'],
    ['a report that is not there', { reports: ['missing.json'] }, 'FILE_NOT_FOUND'],
    ['a report that is none', { reports: ['advisories/DSA-5532-1.json'] }, 'REPORT_MALFORMED'],
    ['a tag that is not there', { image: 'oci:image:v2' }, 'OCI_NOT_FOUND'],
    ['a layout that is not there', { image: 'oci:nowhere' }, 'OCI_NOT_FOUND'],
    ['an image without a name', { image: 'oci:' }, 'OCI_REFERENCE_MALFORMED'],
  ])('%s', async (_, given, code) => {
    await using context = await empty()
    await expect(scan(context, given)).rejects.toMatchObject({ code, kind: 'usage' })
  })

  test('a registry that cannot be reached is a fault of the surroundings', async () => {
    await using context = await empty()
    const image = `registry.invalid/a@sha256:${'0'.repeat(64)}`
    await expect(scan(context, { image })).rejects.toMatchObject({ kind: 'surroundings' })
  })
})
