import { parseReference } from '@sluice/oci'
import { predicateType } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { type Environments, requirementsOf } from '../src/index.js'

const TYPE = predicateType('evaluation')
const signedBy = (key: string) => ({ key })
const evaluation = (key: string, predicate = 'evaluation') => ({ predicate, signedBy: signedBy(key) })
const environment = (target: string, ...requires: Environments[string]['requires']) =>
  ({ target, requires, traffic: 'immediate', recordsSignedBy: [signedBy('k')] }) as Environments[string]
const of = (environments: Environments, reference: string) =>
  requirementsOf(environments, parseReference(reference), TYPE).map(({ signedBy: by }) => by)

test('the word counts that the environment of the repository asks for, whatever tag or digest is meant', () => {
  const environments = {
    dev: environment('ghcr.io/acme/dev', evaluation('dev.pub')),
    prod: environment('ghcr.io/acme/prod:live', evaluation('a.pub'), {
      predicate: 'provenance',
      signedBy: signedBy('b.pub'),
    }),
  }
  expect(of(environments, 'ghcr.io/acme/prod:other')).toEqual([{ key: 'a.pub' }])
  expect(of(environments, `GHCR.io/acme/prod@sha256:${'a'.repeat(64)}`)).toEqual([{ key: 'a.pub' }])
  expect(of(environments, 'ghcr.io/acme/staging')).toEqual([])
  expect(of(environments, 'other.io/acme/prod')).toEqual([])
})

test('of several environments on one repository all count, each requirement once, by URI as well', () => {
  const environments = {
    blue: environment('oci:./models', evaluation('a.pub'), evaluation('b.pub', TYPE)),
    green: environment('oci:models:green', evaluation('a.pub')),
  }
  expect(of(environments, 'oci:models:blue')).toEqual([{ key: 'a.pub' }, { key: 'b.pub' }])
})
