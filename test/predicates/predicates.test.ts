import { join } from 'node:path'
import { action as canary } from '@sluice/action-canary'
import { action as gate } from '@sluice/action-model-gate'
import { action as promotion } from '@sluice/action-promote'
import { action as rollback } from '@sluice/action-rollback'
import { action as signing } from '@sluice/action-sign'
import { action as verification } from '@sluice/action-verify'
import { bundlesNaming, parseStatement } from '@sluice/evidence'
import { folderLedger, type LedgerRecord, readLedger } from '@sluice/promotion'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { predicateType, type Statement, statement } from '@sluice/verdict'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENTS, NEW, OLD, PROMOTED } from '../../actions/canary/test/furnish.js'
import { SECTION, startTown, type TownOptions } from '../../actions/canary/test/town.js'
import { world } from '../../packages/promotion/test/world.js'
import { closed, PREDICATES, published, readJson } from './schemas.js'

/** Types that are published by others; Sluice documents what it puts into them. */
const OF_OTHERS: Readonly<Record<string, string>> = {
  'local-build': 'https://slsa.dev/provenance/v1',
  'verification-summary': 'https://slsa.dev/verification_summary/v1',
}
const statementOf = ({ kind, subject, predicate }: LedgerRecord) =>
  statement(subject, predicateType(kind), predicate)
const payloadOf = (bundle: Uint8Array) =>
  Buffer.from(JSON.parse(Buffer.from(bundle).toString()).dsseEnvelope.payload, 'base64')
const typeOf = (name: string) => OF_OTHERS[name] ?? predicateType(name)
const problems = (validate: ValidateFunction, predicate: unknown) =>
  validate(predicate) ? [] : validate.errors

describe.each(PREDICATES)('%s', (name) => {
  const example = parseStatement(JSON.stringify(readJson(`${name}.example.json`)))

  test('has an example of its type, which its schema admits and knows every member of', () => {
    expect(example.predicateType).toBe(typeOf(name))
    expect(problems(published(name), example.predicate)).toEqual([])
    expect(problems(closed(name), example.predicate)).toEqual([])
  })

  test('may have members of other names, and must have those that are required', () => {
    const validate = published(name)
    expect(validate({ ...example.predicate, another: 1 })).toBe(true)
    for (const member of readJson(`${name}.schema.json`)['required'] as string[]) {
      const { [member]: _, ...others } = example.predicate
      expect(validate(others)).toBe(false)
    }
  })
})

describe('what the code writes is what the schema says', () => {
  const hold = (statements: readonly Statement[], name: string) => {
    const found = statements.filter(({ predicateType }) => predicateType === typeOf(name))
    expect(found).not.toEqual([])
    const validate = closed(name)
    // Through JSON, as a reader has it.
    for (const { predicate } of found)
      expect(problems(validate, JSON.parse(JSON.stringify(predicate)))).toEqual([])
    return found
  }

  test.each<[string, string, object]>([
    [
      'against a champion',
      'score,old',
      { champion: 'scores.csv', candidateColumn: 'score', championColumn: 'old' },
    ],
    [
      'with slices that lost',
      'spoilt,old',
      { champion: 'scores.csv', candidateColumn: 'spoilt', championColumn: 'old' },
    ],
    ['of a first release', 'score', { firstRelease: true }],
    ['of data that cannot be trusted', 'broken', { candidateColumn: 'broken', firstRelease: true }],
  ])('an evaluation %s', async (_what, columns, given) => {
    await using context = await testContext({
      files: { 'sluice.yaml': EVALUATION, 'scores.csv': scores(columns.split(',')) },
    })
    const subject = `model@sha256:${'d4'.repeat(32)}`
    const result = await gate.run(inputsWith(gate, { candidate: 'scores.csv', subject, ...given }), context)
    hold(result.statements ?? [], 'evaluation')
  })

  test.each<[string, TownOptions]>([
    ['that is promoted', {}],
    ['that is rolled back', { canaryErrors: 0.03 }],
    ['in a ledger', { yaml: SECTION + ENVIRONMENTS, ledger: PROMOTED }],
  ])('a rollout %s', async (_what, options) => {
    await using town = await startTown(options)
    const named = (subject: typeof OLD) => `${subject.name}@${subject.digest}`
    const key = options.ledger === undefined ? {} : { key: 'release.key' }
    const about = { subject: named(NEW), previous: named(OLD), environment: 'prod' }
    const inputs = inputsWith(canary, { ...about, ...key, socket: town.socket, backend: 'models' })
    const { statements = [] } = await canary.run(inputs, town.context)
    const ledger = await town.prod?.readLedger()
    const kept = ledger?.records.filter(({ kind }) => kind === 'rollout').map(statementOf) ?? []
    hold([...statements, ...kept], 'rollout')
  })

  test('a promotion, and a rollback of it', async () => {
    await using here = await world()
    await using context = await testContext({ files: here.files, fetch: globalThis.fetch })
    const source = `${here.registry.host}/build/model`
    for (const content of ['first', 'second']) {
      const subject = await here.push(content)
      await here.attest(subject)
      const given = { subject, to: 'dev', key: 'release.pem', source }
      await promotion.run(inputsWith(promotion, given), context)
      await context.clock.sleep(60_000)
    }
    await rollback.run(
      inputsWith(rollback, { environment: 'dev', key: 'release.pem', reason: 'more errors' }),
      context,
    )
    const ledger = folderLedger(join(context.workspace.root, 'ledger'))
    const { records } = await readLedger(ledger, 'dev', [here.release.trust])
    expect(hold(records.map(statementOf), 'promotion')).toHaveLength(2)
    expect(hold(records.map(statementOf), 'rollback')).toHaveLength(1)
  })

  test('a local build, and the summary of verifying it', async () => {
    await using here = await world()
    await using context = await testContext({
      files: { ...here.files, 'sluice.yaml': DEPENDENCIES, 'model/weights.bin': 'w', 'data.csv': 'a,b\n' },
    })
    const given = {
      path: 'model',
      key: 'release.pem',
      workflowInputs: '{"epochs":10,"password":"x"}',
      workflowVars: '{"LR":"0.1"}',
    }
    await signing.run(inputsWith(signing, given), context)
    const bundles = await bundlesNaming(join(context.workspace.root, '.sluice/evidence'), 'model')
    hold(
      bundles.map(({ bytes }) => parseStatement(payloadOf(bytes))),
      'local-build',
    )
    const checked = { path: 'model', key: 'keys/release.pub.pem' }
    const { statements = [] } = await verification.run(inputsWith(verification, checked), context)
    hold(statements, 'verification-summary')
  })
})

const EVALUATION = `evaluation:
  label: late
  rules:
    - { metric: auc, margin: 0.03 }
    - { metric: auc, margin: 0.05, slices: [origin] }
    - { metric: auc, atLeast: 0.6 }
`

const DEPENDENCIES = `signing:
  dependencies:
    - { role: lockfile, path: data.csv }
    - { role: dataset, uri: "s3://lake/flights", snapshot: version 42 }
    - { role: base-model, path: model }
    - { role: base-model, uri: "https://huggingface.co/acme/base", digest: "gitCommit:${'a'.repeat(40)}" }
`

/** A table with one column for each name; `spoilt` is like a coin for half of the rows. */
function scores(columns: readonly string[]): string {
  let state = 5
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const rows = Array.from({ length: 2000 }, (_, id) => {
    const late = random() < 0.4 ? 1 : 0
    const good = (0.3 * late + 0.7 * random()) / 1.05
    const coin = random()
    const score = (name: string) =>
      name === 'broken' ? 'x' : name === 'spoilt' && id % 2 === 1 ? coin : good
    return [id, late, id % 2 === 1 ? 'LAX' : 'JFK', ...columns.map(score)].join(',')
  })
  return [`id,late,origin,${columns.join(',')}`, ...rows, ''].join('\n')
}
