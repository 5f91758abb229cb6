import { parseSection } from '@sluice/config'
import { expect, test } from 'vitest'
import { environmentOf, environmentsSection, stageBefore } from '../src/index.js'

const ENVIRONMENT = (extra = '') => `    target: registry.example/prod/model
    recordsSignedBy: [{ key: keys/release.pub.pem }]
    requires:
      - predicate: test-result
        check: pin-check
        signedBy: { key: keys/gate.pub.pem }
        maxAge: 30d
        when: predicate.result == "PASSED"
${extra}`
const parse = (text: string) => parseSection(text, 'sluice.yaml', environmentsSection)

test('an environment with defaults', () => {
  const { prod } = parse(`environments:\n  prod:\n${ENVIRONMENT('    promotesFrom: staging\n')}`)
  expect(prod).toMatchObject({ promotesFrom: 'staging', traffic: 'immediate' })
  expect(parse('')).toEqual({})
})

test.each([
  ['no requirement', 'requires: []'],
  ['an unknown predicate', 'requires: [{ predicate: sbom, signedBy: { key: k } }]'],
  ['no signer', 'requires: [{ predicate: vulns }]'],
  ['an identity without issuer', 'requires: [{ predicate: vulns, signedBy: { identity: me } }]'],
  ['a key outside of the repository', 'requires: [{ predicate: vulns, signedBy: { key: ../k.pem } }]'],
  ['an age without unit', 'requires: [{ predicate: vulns, signedBy: { key: k }, maxAge: "30" }]'],
  ['a broken condition', 'requires: [{ predicate: vulns, signedBy: { key: k }, when: "predicate.x ==" }]'],
  [
    'a condition that matches',
    `requires: [{ predicate: vulns, signedBy: { key: k }, when: 'predicate.x.matches("a")' }]`,
  ],
])('%s is an error with its line', (_, requires) => {
  const text = `environments:\n  prod:\n    target: r.example/m\n    recordsSignedBy: [{ key: k }]\n    ${requires}\n`
  expect(() => parse(text)).toThrowError(
    expect.objectContaining({
      code: expect.stringMatching(/^CONFIG_/),
      at: expect.objectContaining({ line: 5 }),
    }),
  )
})

test.each([
  ['a target by digest', `    target: r.example/m@sha256:${'a'.repeat(64)}`],
  ['a target that is an archive', '    target: image.tar'],
  ['a layout outside of the repository', '    target: oci:../prod'],
  ['a layout by absolute path', '    target: oci:/srv/prod'],
  ['a ledger outside of the repository', '    target: r.example/m\n    ledger: ../ledger'],
])('%s is refused', (_, lines) => {
  const text = `environments:\n  prod:\n${lines}\n    recordsSignedBy: [{ key: k }]\n    requires: [{ predicate: vulns, signedBy: { key: k } }]\n`
  expect(() => parse(text)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('without a place of its own the ledger is in the target repository, or beside a layout', () => {
  const ledger = (environment: string) =>
    environmentOf(parse(`environments:\n  prod:\n${environment}`), 'prod').ledger
  expect(ledger(ENVIRONMENT())).toBe('oci://registry.example/prod/model')
  expect(ledger(ENVIRONMENT().replace('prod/model', 'prod/model:live'))).toBe(
    'oci://registry.example/prod/model',
  )
  expect(ledger(ENVIRONMENT().replace('registry.example/prod/model', 'oci:prod'))).toBe('.sluice/ledger')
  expect(ledger(ENVIRONMENT('    ledger: records\n'))).toBe('records')
})

test('stages: the declared one, no other, and not itself', () => {
  const environments = parse(
    `environments:\n  dev:\n${ENVIRONMENT()}  prod:\n${ENVIRONMENT('    promotesFrom: dev\n')}  loop:\n${ENVIRONMENT('    promotesFrom: loop\n')}`,
  )
  const prod = environmentOf(environments, 'prod')
  expect(stageBefore(environments, prod, undefined)?.name).toBe('dev')
  expect(stageBefore(environments, environmentOf(environments, 'dev'), undefined)).toBeUndefined()
  expect(() => stageBefore(environments, prod, 'staging')).toThrowError(
    expect.objectContaining({ code: 'PROMOTION_FROM' }),
  )
  expect(() => stageBefore(environments, environmentOf(environments, 'loop'), undefined)).toThrowError(
    expect.objectContaining({ code: 'PROMOTION_FROM' }),
  )
  expect(() => environmentOf(environments, 'prd')).toThrowError(
    expect.objectContaining({ code: 'ENVIRONMENT_UNKNOWN', remedy: expect.stringContaining('prod') }),
  )
  expect(() => environmentOf(environments, 'constructor')).toThrowError(
    expect.objectContaining({ code: 'ENVIRONMENT_UNKNOWN' }),
  )
})
