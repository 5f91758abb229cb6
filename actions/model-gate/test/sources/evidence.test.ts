import { generateKeyPairSync } from 'node:crypto'
import { keySigner, referrersStore, signStatement } from '@sluice/evidence'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import type { Statement } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { action } from '../../src/action.js'
import { evidenceOf, type Given, gate, RULES, summary } from './gate.js'

function party() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { signer: keySigner({ pem }), pub: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
}
const ours = party()
const stranger = party()

interface Asked {
  readonly champion?: string
  readonly rules?: string
  readonly auc?: number
  readonly more?: Record<string, string>
  readonly given?: Given
}

/** A registry whose `prod/delays` serves a model; what is signed of it, and what sluice.yaml says, is the test's. */
async function startWorld(requires = '{ predicate: evaluation, signedBy: { key: gate.pub }, maxAge: 1h }') {
  const registry = await startRegistry({})
  const name = `${registry.host}/prod/delays`
  const repository = await openRepository(name, { fetch })
  const layers = [{ mediaType: 'application/octet-stream', content: Buffer.from('weights') }]
  const { digest } = await writeArtifact(repository, {
    artifactType: 'application/vnd.example.model',
    layers,
    tag: 'live',
  })
  const environments = `environments:
  prod:
    target: ${name}:live
    requires: [${requires}]
    recordsSignedBy: [{ key: gate.pub }]
`
  return {
    name,
    digest,
    repository,
    attest: async (statement: Statement, { signer } = ours) =>
      await referrersStore(repository).put(digest, await signStatement(statement, signer)),
    /** Holds a candidate with this AUC, and no rows, against a champion. */
    gate: (asked: Asked = {}) =>
      gate(asked.champion ?? `oci://${name}:live`, {
        files: {
          'sluice.yaml': (asked.rules ?? RULES) + environments,
          'gate.pub': ours.pub,
          'candidate.json': summary(asked.auc ?? 0.8),
          ...asked.more,
        },
        given: asked.given ?? {},
        fetch,
      }),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  }
}

/** What the gate of the serving model said of it, on rows, with an AUC of about 0.80. */
async function evaluationOf(digest: string, { atLeast = 0.6 } = {}): Promise<Statement> {
  let state = 5
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const rows = Array.from({ length: 6000 }, (_, id) => {
    const late = random() < 0.5 ? 1 : 0
    return `${id},${late},${0.2 * late + 0.8 * random()}`
  })
  const files = {
    'sluice.yaml': `evaluation:\n  rules:\n    - { metric: auc, atLeast: ${atLeast} }\n`,
    'rows.csv': `id,label,score\n${rows.join('\n')}\n`,
  }
  await using context = await testContext({ files })
  const given = { candidate: 'rows.csv', firstRelease: true, subject: `delays@${digest}` }
  const { statements = [] } = await action.run(inputsWith(action, given), context)
  return statements[1]!
}

const aucOf = ({ predicate }: Statement) =>
  (predicate['rules'] as { cases: { candidate: number; candidateStandardError: number }[] }[])[0]!.cases[0]!

test('what was signed of the serving model is the champion, with the errors that its rows gave', async () => {
  await using world = await startWorld()
  const statement = await evaluationOf(world.digest)
  const stored = await world.attest(statement)
  const { candidate, candidateStandardError } = aucOf(statement)
  expect(candidateStandardError).toBeGreaterThan(0.001)

  const good = await world.gate({ auc: candidate })
  expect(good.verdict).toBe('pass')
  expect(evidenceOf(good)[1]).toEqual({
    role: 'champion',
    name: `oci://${world.repository.name}@${world.digest}`,
    digest: { sha256: stored.digest.slice('sha256:'.length) },
    columns: [],
    source: {
      kind: 'evidence',
      repository: world.repository.name,
      subject: world.digest,
      tag: 'live',
      bundle: stored.digest,
      signer: expect.stringMatching(/^key /),
    },
  })
  expect((await world.gate({ auc: candidate - 0.06 })).verdict).toBe('fail')
  expect(
    (await world.gate({ auc: candidate, champion: `oci://${world.name}@${world.digest}` })).verdict,
  ).toBe('pass')
})

describe('refused is', () => {
  test('a model of which nothing was signed', async () => {
    await using world = await startWorld()
    await expect(world.gate()).rejects.toMatchObject({
      code: 'CHAMPION_EVIDENCE_REFUSED',
      kind: 'refused',
      message: expect.stringContaining('there is no evidence'),
    })
  })

  test('what a stranger signed, by the name of the rule that it breaks', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(world.digest), stranger)
    await expect(world.gate()).rejects.toMatchObject({
      code: 'CHAMPION_EVIDENCE_REFUSED',
      message: expect.stringContaining('EVIDENCE_SIGNATURE_INVALID'),
    })
    // One that does not count does not hide one that does.
    const statement = await evaluationOf(world.digest)
    await world.attest(statement)
    expect((await world.gate({ auc: aucOf(statement).candidate })).verdict).toBe('pass')
  })

  test('what not every environment that it serves would believe', async () => {
    const by = (key: string) => `{ predicate: evaluation, signedBy: { key: ${key} } }`
    await using world = await startWorld(`${by('gate.pub')}, ${by('other.pub')}`)
    const more = { 'other.pub': stranger.pub }
    const statement = await evaluationOf(world.digest)
    await world.attest(statement)
    await expect(world.gate({ more })).rejects.toMatchObject({ code: 'CHAMPION_EVIDENCE_REFUSED' })
    await world.attest(statement, stranger)
    expect((await world.gate({ more, auc: aucOf(statement).candidate })).verdict).toBe('pass')
  })

  test('an evaluation of another model', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(`sha256:${'ab'.repeat(32)}`))
    await expect(world.gate()).rejects.toMatchObject({
      message: expect.stringContaining('EVIDENCE_SUBJECT_MISMATCH'),
    })
  })

  test('an evaluation that said no', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(world.digest, { atLeast: 0.99 }))
    await expect(world.gate()).rejects.toMatchObject({
      code: 'CHAMPION_EVIDENCE_REFUSED',
      message: expect.stringContaining('is false'),
    })
  })

  test('a repository of which sluice.yaml does not say whose word counts', async () => {
    await using world = await startWorld('{ predicate: provenance, signedBy: { key: gate.pub } }')
    await world.attest(await evaluationOf(world.digest))
    await expect(world.gate()).rejects.toMatchObject({ code: 'CHAMPION_NOT_TRUSTED' })
    const other = world.name.replace('prod/', 'dev/')
    await expect(world.gate({ champion: `oci://${other}:live` })).rejects.toMatchObject({
      code: 'CHAMPION_NOT_TRUSTED',
    })
  })

  test('the candidate itself, and a tag that names nothing', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(world.digest))
    await expect(world.gate({ given: { subject: `delays@${world.digest}` } })).rejects.toMatchObject({
      code: 'CHAMPION_IS_CANDIDATE',
    })
    await expect(world.gate({ champion: `oci://${world.name}:none` })).rejects.toMatchObject({
      code: 'OCI_NOT_FOUND',
    })
  })
})

describe('rows of the candidate', () => {
  /** Rows as those that the champion was evaluated on, told apart less well the more noise there is. */
  const rows = (noise: number) => {
    let state = 77
    const random = () => {
      state = (state * 48271) % 2147483647
      return state / 2147483647
    }
    const lines = Array.from({ length: 6000 }, (_, id) => {
      const late = random() < 0.5 ? 1 : 0
      return `${id},${late},${id % 2 === 0 ? 'JFK' : 'LAX'},${(1 - noise) * late + noise * random()}`
    })
    return { 'rows.csv': `id,label,origin,score\n${lines.join('\n')}\n` }
  }
  const given = { candidate: 'rows.csv' }

  test('are held against it unpaired', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(world.digest))
    const good = await world.gate({ more: rows(0.8), given })
    expect(good).toMatchObject({ verdict: 'pass', outputs: { rows: '6000' } })
    expect(JSON.stringify(good.details)).toContain('unpaired')
    expect(evidenceOf(good)[1]).toMatchObject({ source: { kind: 'evidence', tag: 'live' } })
    const bad = await world.gate({ more: rows(0.95), given })
    expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
  })

  test('decide nothing on slices, which it does not have', async () => {
    await using world = await startWorld()
    await world.attest(await evaluationOf(world.digest))
    const rules = RULES.replace('margin: 0.02', 'margin: 0.02, slices: [origin]')
    const result = await world.gate({ rules, more: rows(0.8), given })
    expect(result.verdict).toBe('inconclusive')
    expect(JSON.stringify(result.details)).toContain("the champion's evaluation has no slices")
    // A bound asks nothing of a champion, and the candidate's rows have slices.
    const bound = RULES.replace('margin: 0.02', 'atLeast: 0.6, slices: [origin]')
    expect((await world.gate({ rules: bound, more: rows(0.8), given })).verdict).toBe('pass')
  })
})
