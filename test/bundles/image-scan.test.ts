import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyClosure, openLayout, openRepository, startRegistry } from '@sluice/oci'
import { describe, expect, test } from 'vitest'
import { image, type Tree } from '../../packages/scan/test/images.js'
import { type Runner, startRunner } from './rig.js'

const example = fileURLToPath(new URL('../../examples/flight-delays/', import.meta.url))

function base(name: string): Tree {
  const read = (path: string) => readFileSync(join(example, 'image', name, path))
  return { 'etc/os-release': read('etc/os-release'), 'var/lib/dpkg/status': read('var/lib/dpkg/status') }
}

/** A runner with the example's advisories and a layout `image` of one image, tagged `v1`. */
async function runnerWith(tree: Tree): Promise<Runner & { readonly digest: string }> {
  const runner = await startRunner()
  cpSync(join(example, 'advisories'), join(runner.workspace, 'advisories'), { recursive: true })
  const { digest } = await image(await openLayout(join(runner.workspace, 'image')), [tree], { tag: 'v1' })
  return Object.assign(runner, { digest })
}

const INPUTS = { image: 'oci:image:v1', advisories: 'advisories' }

test("the example's base passes, and leaves evidence", async () => {
  await using runner = await runnerWith(base('base'))
  const inputs = { ...INPUTS, subject: `flight-delays@${runner.digest}` }
  const step = await runner.run('image-scan', { inputs })
  expect(step).toMatchObject({
    code: 0,
    outputs: {
      verdict: 'pass',
      digest: runner.digest,
      vulnerabilities: '0',
      'advisories-updated': '2026-11-25T00:00:00Z',
    },
  })
  const statement = JSON.parse(readFileSync(step.outputs.statement!, 'utf8'))
  expect(statement).toMatchObject({
    predicateType: 'https://in-toto.io/attestation/vulns/v0.2',
    predicate: { metadata: { verdict: 'pass' }, scanner: { result: [] } },
  })
})

test('a known vulnerable package fails, with its fix', async () => {
  await using runner = await runnerWith(base('base-vulnerable'))
  const step = await runner.run('image-scan', { inputs: INPUTS })
  expect(step).toMatchObject({ code: 1, outputs: { verdict: 'fail', vulnerabilities: '1' } })
  expect(step.summary).toContain('CVE-2023-5363')
  expect(step.report.findings[0].remedy).toMatch(/^Rebuild the image with libssl3 3\.0\.\S+ or later\.$/)
})

test('the same from a registry', async () => {
  await using runner = await runnerWith(base('base-vulnerable'))
  await using registry = await startRegistry()
  const reference = `${new URL(registry.url).host}/dev/flight-delays`
  const source = await openLayout(join(runner.workspace, 'image'))
  await copyClosure(source, runner.digest, await openRepository(reference, { fetch }))
  const inputs = { ...INPUTS, image: `${reference}@${runner.digest}` }
  expect(await runner.run('image-scan', { inputs })).toMatchObject({
    code: 1,
    outputs: { digest: runner.digest },
  })
})

describe('nothing is decided', () => {
  test('about an unknown distribution', async () => {
    await using runner = await runnerWith({ ...base('base'), 'etc/os-release': 'ID=fedora\nVERSION_ID=42\n' })
    const step = await runner.run('image-scan', { inputs: INPUTS })
    expect(step).toMatchObject({ code: 3, outputs: { verdict: 'inconclusive' } })
    expect(step.report.findings).toMatchObject([{ rule: 'image/unknown-distribution' }])
  })

  test('by a layer that is not whole', async () => {
    await using runner = await runnerWith({})
    const layout = await openLayout(join(runner.workspace, 'image'))
    await image(layout, [Buffer.from('\x1f\x8b\x08 no gzip', 'latin1')], { tag: 'v1' })
    const step = await runner.run('image-scan', { inputs: INPUTS })
    expect(step.code).toBe(3)
    expect(step.report.findings.map(({ rule }: { rule: string }) => rule)).toContain('image/layer-unreadable')
  })

  test('by a report about another image', async () => {
    await using runner = await runnerWith(base('base'))
    const report = {
      SchemaVersion: 2,
      ArtifactType: 'container_image',
      Metadata: { RepoDigests: [`a@sha256:${'0'.repeat(64)}`] },
      Results: [{ Class: 'os-pkgs' }],
    }
    await runner.write('trivy.json', JSON.stringify(report))
    const step = await runner.run('image-scan', { inputs: { ...INPUTS, reports: 'trivy.json' } })
    expect(step).toMatchObject({ code: 3, report: { findings: [{ rule: 'image/report-of-another-image' }] } })
  })

  test('when the registry cannot be reached', async () => {
    await using runner = await runnerWith(base('base'))
    const step = await runner.run('image-scan', {
      inputs: { ...INPUTS, image: `127.0.0.1:1/flight-delays@${runner.digest}` },
    })
    expect(step).toMatchObject({ code: 3, outputs: { verdict: 'inconclusive', statement: '' } })
    expect(step.report.error).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
      remedy: expect.any(String),
    })
  })
})

test.each([
  ['no advisories', { image: 'oci:image:v1' }, 'IMAGE_SCAN_NOTHING'],
  ['a missing folder of advisories', { ...INPUTS, advisories: 'missing' }, 'ADVISORIES_NOT_FOUND'],
  ['a missing report', { ...INPUTS, reports: 'missing.json' }, 'FILE_NOT_FOUND'],
  ['a report that is none', { ...INPUTS, reports: 'advisories/DSA-5532-1.json' }, 'REPORT_MALFORMED'],
  ['a path that leads out', { ...INPUTS, image: 'oci:../image' }, 'PATH_OUTSIDE_WORKSPACE'],
  ['a severity that is none', { ...INPUTS, severity: 'bad' }, 'INPUT_INVALID'],
  ['no image', { advisories: 'advisories' }, 'INPUT_MISSING'],
] as [string, Record<string, string>, string][])('%s is bad usage', async (_, inputs, code) => {
  await using runner = await runnerWith(base('base'))
  const step = await runner.run('image-scan', { inputs })
  expect(step).toMatchObject({ code: 2, report: { error: { code, remedy: expect.any(String) } } })
})
