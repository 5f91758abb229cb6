import { describe, expect, test } from 'vitest'
import { type GateRules, judgeGaps, judgeVulnerabilities, levelOf } from '../src/gate/judge.js'
import { VULNS_TYPE, vulnsStatement } from '../src/gate/statement.js'
import { mergeVulnerabilities, type Vulnerability } from '../src/vulnerability.js'

const RULES: GateRules = { failOn: 'high', warnOn: 'medium', unknownSeverity: 'warn', fixableOnly: false }
const FOUND: Vulnerability = {
  id: 'CVE-2023-5363',
  aliases: ['DEBIAN-CVE-2023-5363'],
  package: { name: 'libssl3', version: '3.0.11', purl: 'pkg:deb/debian/libssl3@3.0.11' },
  severity: 'high',
  score: 7.5,
  fixed: ['3.0.12'],
  sources: ['osv'],
}

describe('the level of a vulnerability', () => {
  test.each<[Partial<Vulnerability>, Partial<GateRules>, string]>([
    [{ severity: 'critical' }, {}, 'error'],
    [{ severity: 'high' }, {}, 'error'],
    [{ severity: 'medium' }, {}, 'warning'],
    [{ severity: 'low' }, {}, 'note'],
    [{ severity: 'high' }, { failOn: 'critical' }, 'warning'],
    [{ severity: 'low' }, { failOn: 'low' }, 'error'],
    [{ severity: 'unknown' }, {}, 'warning'],
    [{ severity: 'unknown' }, { unknownSeverity: 'fail' }, 'error'],
    [{ severity: 'unknown' }, { unknownSeverity: 'note' }, 'note'],
    [{ severity: 'critical', fixed: [] }, {}, 'error'],
    [{ severity: 'critical', fixed: [] }, { fixableOnly: true }, 'note'],
    [{ severity: 'unknown', fixed: [] }, { fixableOnly: true, unknownSeverity: 'fail' }, 'note'],
    [{ severity: 'high' }, { fixableOnly: true }, 'error'],
  ])('%j under %j is %s', (found, rules, level) => {
    expect(levelOf({ ...FOUND, ...found }, { ...RULES, ...rules })).toBe(level)
  })
})

test('a finding says what to install, the worst stands first, and its fingerprint outlives an upgrade', () => {
  const findings = judgeVulnerabilities([{ ...FOUND, severity: 'low', id: 'CVE-2020-1' }, FOUND], RULES)
  expect(findings[0]).toMatchObject({
    rule: 'image/vulnerability',
    level: 'error',
    message: 'libssl3 3.0.11: CVE-2023-5363, high (CVSS 7.5); fixed in 3.0.12.',
    remedy: 'Rebuild the image with libssl3 3.0.12 or later.',
  })
  const [later] = judgeVulnerabilities(
    [{ ...FOUND, package: { ...FOUND.package, version: '3.0.11+1' } }],
    RULES,
  )
  expect(later?.fingerprint).toBe(findings[0]?.fingerprint)
})

test('gaps become findings of their level', () => {
  const [finding] = judgeGaps([{ rule: 'image/no-packages', level: 'unknown', message: 'm', remedy: 'r' }])
  expect(finding).toMatchObject({ rule: 'image/no-packages', level: 'unknown' })
})

describe('the same vulnerability under several names is one', () => {
  const grype: Vulnerability = {
    ...FOUND,
    id: 'DSA-5532-1',
    aliases: ['CVE-2023-5363'],
    severity: 'critical',
    fixed: ['3.0.13'],
    sources: ['grype'],
  }
  test('when names overlap', () => {
    expect(mergeVulnerabilities([FOUND, grype])).toEqual([
      {
        ...FOUND,
        aliases: ['DEBIAN-CVE-2023-5363', 'DSA-5532-1'],
        severity: 'critical',
        fixed: ['3.0.12', '3.0.13'],
        sources: ['grype', 'osv'],
      },
    ])
  })

  test('when a third joins two that do not overlap, in any order', () => {
    const a = { ...FOUND, id: 'DSA-1', aliases: [] }
    const b = { ...FOUND, id: 'GHSA-1', aliases: [] }
    const bridge = { ...FOUND, id: 'CVE-2023-1', aliases: ['DSA-1', 'GHSA-1'] }
    for (const order of [
      [a, b, bridge],
      [bridge, a, b],
      [a, bridge, b],
    ]) {
      expect(mergeVulnerabilities(order)).toMatchObject([{ id: 'CVE-2023-1', aliases: ['DSA-1', 'GHSA-1'] }])
    }
  })

  test('but not in another package or version', () => {
    const other = { ...FOUND, package: { ...FOUND.package, version: '4' } }
    expect(mergeVulnerabilities([FOUND, other])).toHaveLength(2)
  })
})

test('the statement is a vulns v0.2 with all required members, and carries the verdict', () => {
  const statement = vulnsStatement(
    { name: 'a', digest: `sha256:${'a'.repeat(64)}` },
    {
      verdict: 'fail',
      vulnerabilities: [FOUND],
      waived: new Set(['CVE-2023-5363 libssl3']),
      database: { uri: 'https://osv.dev', version: 'sha256:0', lastUpdate: '2026-11-25T00:00:00Z' },
      reports: [],
      images: [{ digest: 'sha256:1', platform: 'linux/amd64' }],
      startedAt: new Date(0),
      finishedAt: new Date(1000),
    },
  )
  expect(statement.predicateType).toBe(VULNS_TYPE)
  expect(statement.predicate).toMatchObject({
    scanner: {
      uri: expect.stringContaining('image-scan'),
      db: { lastUpdate: '2026-11-25T00:00:00Z' },
      result: [
        {
          id: 'CVE-2023-5363',
          severity: [
            { method: 'sluice', score: 'high' },
            { method: 'cvss_score', score: '7.5' },
          ],
        },
      ],
    },
    metadata: {
      scanStartedOn: '1970-01-01T00:00:00.000Z',
      scanFinishedOn: '1970-01-01T00:00:01.000Z',
      verdict: 'fail',
    },
  })
})
