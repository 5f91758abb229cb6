import { describe, expect, test } from 'vitest'
import { proveMatching } from '../src/advisories/canary.js'
import { matchAdvisory, sameEcosystem } from '../src/advisories/match.js'
import { matchAll } from '../src/advisories/match-all.js'
import { type OsvRecord, parseOsv } from '../src/advisories/osv.js'
import type { Package } from '../src/vulnerability.js'

const OPENSSL: Package = {
  ecosystem: 'Debian:12',
  name: 'libssl3',
  version: '3.0.11-1~deb12u1',
  source: { name: 'openssl', version: '3.0.11-1~deb12u1' },
  purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u1',
  path: 'var/lib/dpkg/status',
}

interface Parts {
  readonly events?: readonly object[]
  readonly type?: string
  readonly versions?: readonly string[]
  readonly name?: string
  readonly ecosystem?: string
  readonly record?: object
  readonly affected?: object
}

function advisory(parts: Parts = {}): OsvRecord {
  const { events, type = 'ECOSYSTEM', versions, name = 'openssl', ecosystem = 'Debian:12' } = parts
  const affected = {
    package: { ecosystem, name },
    ...(events === undefined ? {} : { ranges: [{ type, events }] }),
    ...(versions === undefined ? {} : { versions }),
    ...parts.affected,
  }
  const record = {
    id: 'DEBIAN-CVE-2023-5363',
    modified: '2026-01-01T00:00:00Z',
    upstream: ['CVE-2023-5363'],
    affected: [affected],
    ...parts.record,
  }
  return parseOsv(JSON.stringify(record))!
}

const FIXED = [{ introduced: '0' }, { fixed: '3.0.11-1~deb12u2' }]

describe('a package is affected', () => {
  test.each<[string, Parts]>([
    ['below the fixed version', { events: FIXED }],
    ['with no fix in sight', { events: [{ introduced: '0' }] }],
    ['at the version that introduced it', { events: [{ introduced: '3.0.11-1~deb12u1' }] }],
    [
      'at the last affected version',
      { events: [{ introduced: '0' }, { last_affected: '3.0.11-1~deb12u1' }] },
    ],
    ['as one of the listed versions', { versions: ['3.0.11-1~deb12u1'] }],
    ['as one that is listed in another spelling', { versions: ['0:3.0.11-1~deb12u1'] }],
    [
      'in the second of two windows',
      { events: [{ introduced: '0' }, { fixed: '1.0' }, { introduced: '3.0' }, { fixed: '4.0' }] },
    ],
    [
      'whatever the order of events',
      { events: [{ fixed: '4.0' }, { introduced: '3.0' }, { fixed: '1.0' }, { introduced: '0' }] },
    ],
    ['under an ecosystem without a release', { events: FIXED, ecosystem: 'Debian' }],
    [
      'when a range of commits stands first',
      {
        affected: {
          ranges: [
            { type: 'GIT', events: [{ introduced: '0' }] },
            { type: 'ECOSYSTEM', events: FIXED },
          ],
        },
      },
    ],
  ])('%s', (_, parts) => {
    expect(matchAdvisory(OPENSSL, advisory(parts)).state).toBe('affected')
  })
})

describe('a package is not affected', () => {
  test.each<[string, Parts]>([
    ['at the fixed version', { events: [{ introduced: '0' }, { fixed: '3.0.11-1~deb12u1' }] }],
    ['before it was introduced', { events: [{ introduced: '3.1' }] }],
    ['after the last affected version', { events: [{ introduced: '0' }, { last_affected: '3.0.10' }] }],
    ['between two windows', { events: [{ introduced: '0' }, { fixed: '1.0' }, { introduced: '3.1' }] }],
    ['when only others are listed', { versions: ['3.0.10-1'] }],
    ['in another release', { events: FIXED, ecosystem: 'Debian:11' }],
    ['in another ecosystem', { events: FIXED, ecosystem: 'Alpine:v3.20' }],
    ['under its binary name', { events: FIXED, name: 'libssl3' }],
    ['by an advisory that was withdrawn', { events: FIXED, record: { withdrawn: '2026-01-02T00:00:00Z' } }],
  ])('%s', (_, parts) => {
    expect(matchAdvisory(OPENSSL, advisory(parts)).state).toBe('not-affected')
  })
})

describe('it is not decided', () => {
  test.each<[string, Parts]>([
    ['by ranges of commits alone', { events: [{ introduced: '0' }], type: 'GIT' }],
    ['without any version', {}],
    ['by a version that cannot be ordered', { events: [{ introduced: '0' }, { fixed: 'not a version' }] }],
  ])('%s', (_, parts) => {
    expect(matchAdvisory(OPENSSL, advisory(parts)).state).toBe('undecided')
  })
})

test.each([
  ['Debian:12', 'Debian:12', true],
  ['Debian:12', 'Debian', true],
  ['Debian:12', 'Debian:1', false],
  ['Ubuntu:22.04', 'Ubuntu:22.04:LTS', true],
  ['Ubuntu:22.04', 'Ubuntu:Pro:22.04:LTS', false],
  ['PyPI', 'PyPI', true],
  ['Alpine:v3.2', 'Alpine:v3.20', false],
])('%s and %s are the same: %s', (a, b, same) => {
  expect(sameEcosystem(a, b)).toBe(same)
})

test('a match names the CVE, the severity, and the fix above the installed version', () => {
  const found = matchAdvisory(
    OPENSSL,
    advisory({
      events: [{ introduced: '0' }, { fixed: '1.0' }, { introduced: '3.0' }, { fixed: '3.0.11-1~deb12u2' }],
      record: { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' }] },
    }),
  )
  expect(found).toMatchObject({
    vulnerability: {
      id: 'CVE-2023-5363',
      aliases: ['DEBIAN-CVE-2023-5363'],
      package: { name: 'libssl3', version: '3.0.11-1~deb12u1' },
      severity: 'high',
      score: 7.5,
      fixed: ['3.0.11-1~deb12u2'],
    },
  })
})

test.each<[string, Parts, string]>([
  ['a word of the database', { record: { database_specific: { severity: 'MODERATE' } } }, 'medium'],
  [
    'the urgency of Debian',
    { affected: { ecosystem_specific: { urgency: 'high' }, ranges: [{ type: 'ECOSYSTEM', events: FIXED }] } },
    'high',
  ],
  ['the word of Ubuntu', { record: { severity: [{ type: 'Ubuntu', score: 'negligible' }] } }, 'low'],
  ['nothing', {}, 'unknown'],
  [
    'a vector of version 4 alone',
    { record: { severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N' }] } },
    'unknown',
  ],
  [
    'the worst of two',
    {
      record: {
        severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N' }],
        database_specific: { severity: 'CRITICAL' },
      },
    },
    'critical',
  ],
])('severity comes from %s', (_, parts, severity) => {
  expect(matchAdvisory(OPENSSL, advisory({ events: FIXED, ...parts }))).toMatchObject({
    vulnerability: { severity },
  })
})

test('names of Python packages are compared as PyPI does', () => {
  const item = {
    ...OPENSSL,
    ecosystem: 'PyPI',
    name: 'scikit-learn',
    version: '1.0',
    source: { name: 'scikit-learn', version: '1.0' },
  }
  const record = advisory({ events: [{ introduced: '0' }], ecosystem: 'PyPI', name: 'Scikit_Learn' })
  expect(matchAdvisory(item, record).state).toBe('affected')
  const database = {
    records: [record],
    total: 1,
    ecosystems: new Set(['PyPI']),
    lastUpdate: '',
    sha256: '',
    malformed: [],
  }
  expect(matchAll([item], database).vulnerabilities).toHaveLength(1)
})

test('a database that knows nothing of the ecosystem is a gap', () => {
  const database = {
    records: [],
    total: 1,
    ecosystems: new Set(['Debian:11', 'PyPI']),
    lastUpdate: '',
    sha256: '',
    malformed: [],
  }
  expect(matchAll([OPENSSL], database).gaps).toMatchObject([
    { rule: 'image/advisories-missing', level: 'unknown' },
  ])
})

test('matching proves itself before it is believed', () => {
  expect(proveMatching).not.toThrow()
})
