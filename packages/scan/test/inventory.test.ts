import { describe, expect, test } from 'vitest'
import { takeInventory } from '../src/inventory/inventory.js'
import { ecosystemOf, parseOsRelease } from '../src/inventory/os-release.js'
import { ALPINE, DEBIAN, dpkg, LIBSSL } from './images.js'

function inventory(files: Readonly<Record<string, string>>) {
  const kept = Object.entries(files).map(
    ([path, text]) => [path, { kind: 'file', bytes: Buffer.from(text), cut: false }] as const,
  )
  return takeInventory(new Map(kept))
}

test('dpkg gives packages with their sources, and leaves out what is not installed', () => {
  const status = dpkg([
    LIBSSL,
    { name: 'libc6', version: '2.36-9', source: 'glibc (2.36-9~src)' },
    { name: 'gone', version: '1', status: 'deinstall ok config-files' },
    { name: 'half', version: '1', status: 'install ok unpacked' },
  ])
  expect(inventory({ 'etc/os-release': DEBIAN, 'var/lib/dpkg/status': status })).toMatchObject({
    packages: [
      {
        name: 'libssl3',
        ecosystem: 'Debian:12',
        source: { name: 'openssl', version: LIBSSL.version },
        purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u1?arch=amd64&distro=debian-12',
      },
      { name: 'libc6', source: { name: 'glibc', version: '2.36-9~src' } },
      { name: 'half' },
    ],
    gaps: [],
  })
})

test('distroless has one file for each package, without a status', () => {
  const files = {
    'etc/os-release': DEBIAN,
    'var/lib/dpkg/status.d/libssl3': 'Package: libssl3\nVersion: 3.0.11-1\nArchitecture: amd64\n',
  }
  expect(inventory(files)).toMatchObject({ packages: [{ name: 'libssl3' }], gaps: [] })
})

test('apk gives packages with their origins', () => {
  const installed = 'C:Q1=\nP:libcrypto3\nV:3.3.2-r0\nA:x86_64\no:openssl\nF:usr\n\nP:musl\nV:1.2.5-r0\n\n'
  const { packages, gaps } = inventory({ 'etc/os-release': ALPINE, 'lib/apk/db/installed': installed })
  expect(packages).toMatchObject([
    { ecosystem: 'Alpine:v3.20', name: 'libcrypto3', version: '3.3.2-r0', source: { name: 'openssl' } },
    { name: 'musl', source: { name: 'musl' } },
  ])
  expect(gaps).toEqual([])
})

test('Python distributions are found anywhere, by their headers and not by their description', () => {
  const files = {
    'etc/os-release': DEBIAN,
    'var/lib/dpkg/status': dpkg([LIBSSL]),
    'usr/lib/python3/site-packages/Scikit_Learn-1.7.2.dist-info/METADATA':
      'Metadata-Version: 2.4\nName: Scikit_Learn\nVersion: 1.7.2\n\nName: other\nVersion: 9\n',
    'opt/app/old.egg-info/PKG-INFO': 'Name: old\r\nVersion: 0.1\r\n',
  }
  const python = inventory(files).packages.filter(({ ecosystem }) => ecosystem === 'PyPI')
  expect(python.map(({ name, version, purl }) => [name, version, purl])).toEqual([
    ['scikit-learn', '1.7.2', 'pkg:pypi/scikit-learn@1.7.2'],
    ['old', '0.1', 'pkg:pypi/old@0.1'],
  ])
})

describe('what could not be told is a gap', () => {
  const status = { 'var/lib/dpkg/status': dpkg([LIBSSL]) }
  test.each<[string, Record<string, string>, string]>([
    ['no distribution', status, 'image/unknown-distribution'],
    [
      'an unknown distribution',
      { ...status, 'etc/os-release': 'ID=fedora\nVERSION_ID=42\n' },
      'image/unknown-distribution',
    ],
    [
      'Debian without a release',
      { ...status, 'etc/os-release': 'ID=debian\n' },
      'image/unknown-distribution',
    ],
    ['no packages', { 'etc/os-release': DEBIAN }, 'image/no-packages'],
    ['an empty database', { 'etc/os-release': DEBIAN, 'var/lib/dpkg/status': '' }, 'image/no-packages'],
    [
      'an rpm database',
      { 'etc/os-release': DEBIAN, ...status, 'var/lib/rpm/rpmdb.sqlite': '' },
      'image/inventory-unreadable',
    ],
    [
      'a Python package without a name',
      { 'etc/os-release': DEBIAN, ...status, 'a.dist-info/METADATA': 'Version: 1\n' },
      'image/inventory-unreadable',
    ],
  ])('%s', (_, files, rule) => {
    expect(inventory(files).gaps).toMatchObject([{ rule, level: 'unknown' }])
  })

  test('the database of another distribution, alone or beside the right one', () => {
    const alpine = { 'etc/os-release': ALPINE, ...status }
    const rules = (files: Record<string, string>) => inventory(files).gaps.map(({ rule }) => rule)
    expect(rules(alpine)).toEqual(['image/no-packages', 'image/inventory-unreadable'])
    const both = { ...alpine, 'lib/apk/db/installed': 'P:musl\nV:1.2.5-r0\n' }
    expect(rules(both)).toEqual(['image/inventory-unreadable'])
  })

  test('packages of languages that are not examined', () => {
    const files = {
      'etc/os-release': DEBIAN,
      ...status,
      'app/node_modules/@a/b/package.json': '',
      'app/x.jar': '',
    }
    expect(inventory(files).gaps).toMatchObject([
      { rule: 'image/not-covered', level: 'warning' },
      { rule: 'image/not-covered', level: 'warning' },
    ])
  })
})

test.each([
  ['ID=debian\nVERSION_ID="13"', 'Debian:13'],
  ["ID='ubuntu'\nVERSION_ID=22.04", 'Ubuntu:22.04'],
  ['ID=alpine\nVERSION_ID=3.21.0_alpha20250108', undefined],
  ['ID=alpine\nVERSION_ID=3.21.2', 'Alpine:v3.21'],
  ['ID=wolfi\nVERSION_ID=20230201', 'Wolfi'],
  ['ID=amzn\nVERSION_ID=2023', undefined],
])('%j is %s', (text, ecosystem) => {
  expect(ecosystemOf(parseOsRelease(text)!)).toBe(ecosystem)
})
