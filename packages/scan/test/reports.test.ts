import { describe, expect, test } from 'vitest'
import { checkReport } from '../src/reports/check.js'
import { readReport } from '../src/reports/read-report.js'

const MANIFEST = `sha256:${'a'.repeat(64)}`
const CONFIG = `sha256:${'b'.repeat(64)}`
const OURS = new Set([MANIFEST, CONFIG])
const read = (report: object) =>
  readReport(JSON.stringify({ ...report, added_by_a_newer_version: {} }), 'report.json')

// Made by hand after the tools' own types; the values are the traps that real reports hold.
const TRIVY = {
  SchemaVersion: 2,
  ArtifactName: 'example',
  ArtifactType: 'container_image',
  Trivy: { Version: '0.74.0' },
  Metadata: { ImageID: CONFIG, RepoDigests: [`host:5000/a@${MANIFEST}`], OS: { Family: 'debian' } },
  Results: [
    {
      Target: 'example (debian 12)',
      Class: 'os-pkgs',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-2023-5363',
          VendorIDs: ['DSA-5532-1'],
          PkgName: 'libssl3',
          PkgIdentifier: { PURL: 'pkg:deb/debian/libssl3@3.0.11' },
          InstalledVersion: '3.0.11',
          FixedVersion: '2.6.9, 3.1.0',
          Severity: 'HIGH',
          CVSS: { nvd: { V3Score: 7.5, V2Score: 5 }, redhat: { V40Score: 8.2 } },
        },
        { VulnerabilityID: 'CVE-2020-1', PkgName: 'a', InstalledVersion: '1', Severity: 'UNKNOWN' },
      ],
    },
    { Target: 'Node.js', Class: 'lang-pkgs' },
  ],
}

const GRYPE = {
  matches: [
    {
      vulnerability: {
        id: 'GHSA-aaaa-bbbb-cccc',
        severity: 'Negligible',
        fix: { versions: ['1.2', ''], state: 'fixed' },
        cvss: [
          { version: '2.0', metrics: { baseScore: 9 } },
          { version: '3.1', metrics: { baseScore: 8.2 } },
        ],
      },
      relatedVulnerabilities: [{ id: 'CVE-2024-1' }, { id: 'GHSA-aaaa-bbbb-cccc' }],
      artifact: { name: 'requests', version: '1.0', purl: '', locations: [{ path: '/usr/lib/x' }] },
    },
  ],
  source: {
    type: 'image',
    target: { imageID: CONFIG, manifestDigest: `sha256:${'c'.repeat(64)}`, repoDigests: [] },
  },
  distro: { name: 'debian' },
  descriptor: { name: 'grype', version: '0.116.0', db: { status: { built: '2026-11-24T00:00:00Z' } } },
}

const OSV = {
  results: [
    {
      packages: [
        {
          package: { name: 'openssl', os_package_name: 'libssl3', version: '3.0.11', ecosystem: 'Debian:12' },
          groups: [
            { ids: ['DEBIAN-CVE-2023-5363', 'DSA-5532-1'], aliases: ['CVE-2023-5363'], max_severity: '' },
          ],
          vulnerabilities: [
            {
              id: 'DEBIAN-CVE-2023-5363',
              severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }],
              affected: [
                {
                  package: { name: 'openssl', ecosystem: 'Debian:11' },
                  ranges: [{ type: 'ECOSYSTEM', events: [{ fixed: '1.1' }] }],
                },
                {
                  package: { name: 'openssl', ecosystem: 'Debian:12' },
                  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.12' }] }],
                },
              ],
            },
          ],
        },
        { package: { name: 'bash', version: '5' } },
      ],
    },
  ],
}

const SARIF = {
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'Trivy',
          version: '0.74.0',
          rules: [{ id: 'CVE-2023-5363', properties: { 'security-severity': '7.5' } }],
        },
      },
      results: [
        {
          ruleId: 'CVE-2023-5363',
          ruleIndex: 0,
          message: {
            text: 'Package: libssl3\nInstalled Version: 3.0.11\nVulnerability CVE-2023-5363\nSeverity: HIGH\nFixed Version: 3.0.12',
          },
        },
        { ruleId: 'CVE-2020-2-zlib1g', message: { text: 'A medium vulnerability in deb package: zlib1g' } },
        { ruleId: 'CVE-2020-3', suppressions: [{ kind: 'external' }], message: { text: '' } },
      ],
    },
  ],
}

test('Trivy', () => {
  const report = read(TRIVY)
  expect(report).toMatchObject({
    tool: 'trivy',
    toolVersion: '0.74.0',
    digests: [CONFIG, MANIFEST],
    doubts: [],
  })
  expect(report.vulnerabilities).toEqual([
    {
      id: 'CVE-2023-5363',
      aliases: ['DSA-5532-1'],
      package: { name: 'libssl3', version: '3.0.11', purl: 'pkg:deb/debian/libssl3@3.0.11' },
      severity: 'high',
      score: 7.5,
      fixed: ['2.6.9', '3.1.0'],
      sources: ['trivy'],
    },
    {
      id: 'CVE-2020-1',
      aliases: [],
      package: { name: 'a', version: '1' },
      severity: 'unknown',
      fixed: [],
      sources: ['trivy'],
    },
  ])
})

test('Grype', () => {
  const report = read(GRYPE)
  expect(report).toMatchObject({ tool: 'grype', databaseBuilt: '2026-11-24T00:00:00Z', doubts: [] })
  expect(report.vulnerabilities).toEqual([
    {
      id: 'GHSA-aaaa-bbbb-cccc',
      aliases: ['CVE-2024-1'],
      package: { name: 'requests', version: '1.0', path: '/usr/lib/x' },
      severity: 'low',
      score: 8.2,
      fixed: ['1.2'],
      sources: ['grype'],
    },
  ])
  const older = { ...GRYPE, descriptor: { name: 'grype', db: { built: '2024-01-01T00:00:00Z' } } }
  expect(read(older)).toMatchObject({ databaseBuilt: '2024-01-01T00:00:00Z', doubts: [] })
})

test('OSV-Scanner', () => {
  expect(read(OSV)).toMatchObject({ tool: 'osv-scanner', digests: [], doubts: [] })
  expect(read(OSV).vulnerabilities).toEqual([
    {
      id: 'CVE-2023-5363',
      aliases: ['DEBIAN-CVE-2023-5363', 'DSA-5532-1'],
      package: { name: 'libssl3', version: '3.0.11' },
      severity: 'high',
      score: 7.5,
      fixed: ['3.0.12'],
      sources: ['osv-scanner'],
    },
  ])
})

test('SARIF', () => {
  expect(read(SARIF)).toMatchObject({ tool: 'Trivy', toolVersion: '0.74.0', doubts: [] })
  expect(read(SARIF).vulnerabilities).toMatchObject([
    {
      id: 'CVE-2023-5363',
      package: { name: 'libssl3', version: '3.0.11' },
      severity: 'high',
      score: 7.5,
      fixed: ['3.0.12'],
    },
    { id: 'CVE-2020-2', package: { name: 'zlib1g', version: '' }, severity: 'unknown' },
  ])
})

describe('a report that is none is refused', () => {
  test.each([
    ['an empty file', ''],
    ['a cut-off file', JSON.stringify(TRIVY).slice(0, -40)],
    ['a list', '[]'],
    ['null', 'null'],
    ['an object of nobody', '{"a": 1}'],
    ['Trivy of another schema', JSON.stringify({ ...TRIVY, SchemaVersion: 1 })],
    [
      'Trivy with a finding without a package',
      JSON.stringify({
        ...TRIVY,
        Results: [{ Class: 'os-pkgs', Vulnerabilities: [{ VulnerabilityID: 'CVE-1' }] }],
      }),
    ],
    ['Grype without matches', JSON.stringify({ descriptor: GRYPE.descriptor })],
    ['something that calls itself Grype', JSON.stringify({ ...GRYPE, descriptor: { name: 'gripe' } })],
    ['OSV-Scanner with results that are no list', '{"results": {}}'],
    ['SARIF of another version', JSON.stringify({ ...SARIF, version: '2.0.0' })],
  ])('%s', (_, text) => {
    expect(() => readReport(text, 'report.json')).toThrowError(
      expect.objectContaining({ code: 'REPORT_MALFORMED' }),
    )
  })
})

describe('a report that does not show a whole scan leaves a gap', () => {
  test.each<[string, object]>([
    ['Trivy without results', { ...TRIVY, Results: undefined }],
    ['Trivy of secrets only', { ...TRIVY, Results: [{ Class: 'secret' }] }],
    ['Trivy of a folder', { ...TRIVY, ArtifactType: 'filesystem' }],
    ['Trivy of a distribution at its end', { ...TRIVY, Metadata: { OS: { EOSL: true } } }],
    ['Grype of a folder', { ...GRYPE, source: { type: 'directory', target: '/' } }],
    ['Grype without a database', { ...GRYPE, descriptor: { name: 'grype' } }],
    ['Grype of nothing', { ...GRYPE, matches: [], distro: {} }],
    ['OSV-Scanner of nothing', { results: [] }],
    ['SARIF without a run', { ...SARIF, runs: [] }],
    ['SARIF without results', { ...SARIF, runs: [{ tool: SARIF.runs[0]!.tool }] }],
    [
      'SARIF of a run that failed',
      { ...SARIF, runs: [{ ...SARIF.runs[0], invocations: [{ executionSuccessful: false }] }] },
    ],
  ])('%s', (_, report) => {
    const gaps = checkReport(read(report), 'report.json', OURS)
    expect(gaps).toMatchObject([{ rule: 'image/report-incomplete', level: 'unknown' }])
  })
})

test('a report about another image leaves a gap, one about ours or about none in particular does not', () => {
  expect(checkReport(read(TRIVY), 'a', OURS)).toEqual([])
  expect(checkReport(read(GRYPE), 'a', OURS)).toEqual([])
  expect(checkReport(read(SARIF), 'a', OURS)).toEqual([])
  expect(checkReport(read(TRIVY), 'a', new Set([`sha256:${'d'.repeat(64)}`]))).toMatchObject([
    { rule: 'image/report-of-another-image', level: 'unknown' },
  ])
})
