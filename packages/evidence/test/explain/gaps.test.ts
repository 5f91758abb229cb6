import { digestOf } from '@sluice/oci'
import { statement, TEST_RESULT_TYPE } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { gapsIn, PROVENANCE_TYPE, type VerifiedEvidence } from '../../src/index.js'

type Held = VerifiedEvidence & { readonly logged?: boolean }
const digest = digestOf('model')
const subject = { name: 'model', digest }
const pinned =
  'https://github.com/acme/x/.github/workflows/build.yml@0123456789abcdef0123456789abcdef01234567'
const keyless = {
  kind: 'identity',
  identity: pinned,
  issuer: 'https://token.actions.githubusercontent.com',
} as const
const provenance = (
  runner = 'github-hosted',
  checked = 'hashed',
  buildType = 'https://actions.github.io/buildtypes/workflow/v1',
) =>
  statement(subject, PROVENANCE_TYPE, {
    buildDefinition: {
      buildType,
      internalParameters: { github: { runner_environment: runner } },
      resolvedDependencies: [
        { uri: 'git+https://github.com/acme/x@refs/heads/main', digest: { gitCommit: 'ab' } },
        { name: 'data.csv', digest: { sha256: 'cd' }, annotations: { role: 'dataset', checked } },
      ],
    },
  })
const tested = (result: string) =>
  statement(subject, TEST_RESULT_TYPE, { result, configuration: [{ name: 'sluice/model-gate' }] })
const held = (made: VerifiedEvidence['statement'], more: Partial<Held> = {}): Held => ({
  statement: made,
  signer: keyless,
  signedAt: '2026-03-03T12:00:00Z',
  timeSource: 'log',
  bundleDigest: digest,
  logged: true,
  ...more,
})
const rules = (...evidence: Held[]) => gapsIn(evidence).map(({ rule }) => rule)
const gate = held(tested('PASSED'))

test('provenance of a hosted run by a pinned workflow, logged, with a gate that passed, leaves nothing open', () => {
  expect(rules(held(provenance()), gate)).toEqual([])
})

describe('what is left open', () => {
  const key = { kind: 'key', keyHint: 'ab' } as const
  const branch = { ...keyless, identity: pinned.replace(/@.*/, '@refs/heads/main') }
  test.each<[string, Held[], string[]]>([
    ['nothing is known', [], ['no-provenance', 'no-gates']],
    ['no provenance', [gate], ['no-provenance']],
    ['no gate', [held(provenance())], ['no-gates']],
    ['a gate that failed', [held(provenance()), held(tested('FAILED'))], ['gate-not-passed']],
    ['a gate that warned', [held(provenance()), held(tested('WARNED'))], ['gate-not-passed']],
    ['a self-hosted runner', [held(provenance('self-hosted')), gate], ['self-hosted-runner']],
    [
      'a dependency that nobody looked at',
      [held(provenance('github-hosted', 'declared')), gate],
      ['declared-dependency'],
    ],
    ['provenance by a key', [held(provenance(), { signer: key }), gate], ['provenance-unbound']],
    [
      'a build outside of a workflow',
      [held(provenance('', 'hashed', 'https://sluice-ci.github.io/sluice/predicates/local-build/v1')), gate],
      ['local-build'],
    ],
    [
      'a time that only the signer claims',
      [held(provenance(), { timeSource: 'claim' }), gate],
      ['no-trusted-time'],
    ],
    ['no log', [held(provenance(), { logged: false }), gate], ['not-logged']],
    ['a workflow of a branch', [held(provenance(), { signer: branch }), gate], ['movable-workflow']],
  ])('%s', (_what, evidence, expected) => expect(rules(...evidence)).toEqual(expected))

  test('names what it is about, once, shortened, in quotes', () => {
    const many = Array.from({ length: 12 }, () => held(tested('PASSED'), { timeSource: 'none' }))
    const [gap] = gapsIn([held(provenance()), ...many])
    expect(gap?.message).toContain('"test result of model-gate"')
    expect(gap?.message).toContain('and 2 more')
  })
})
