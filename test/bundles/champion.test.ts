import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { openRepository, startRegistry, writeArtifact } from '@sluice/oci'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { describe, expect, test } from 'vitest'
import { type Runner, startRunner } from './rig.js'

const RULES = 'evaluation:\n  rules:\n    - { metric: auc, margin: 0.05 }\n'

/** Scores of rows that are told apart the better the less noise there is. */
function rows(noise: number, shift = 0): string {
  let state = 7
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const lines = Array.from({ length: 2000 }, (_, id) => {
    const label = random() < 0.5 ? 1 : 0
    return `${id},${label},${(1 - noise) * label + noise * random() + shift * random()}`
  })
  return `id,label,score\n${lines.join('\n')}\n`
}
const CHAMPION = rows(0.7)
const EQUAL = rows(0.7, 0.01)
const WORSE = rows(0.95)

describe('a pull request', () => {
  const git = (runner: Runner, ...args: string[]) => {
    const who = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@example.com']
    return execFileSync('git', [...who, ...args], { cwd: runner.workspace, encoding: 'utf8' }).trim()
  }

  test('is held against the file that it would be merged onto, not against the one that it brings', async () => {
    await using runner = await startRunner({ 'sluice.yaml': RULES, 'champion.csv': CHAMPION })
    git(runner, 'init', '--quiet')
    git(runner, 'add', '.')
    git(runner, 'commit', '--quiet', '-m', 'Serve')
    const event = { pull_request: { base: { sha: git(runner, 'rev-parse', 'HEAD') } } }
    const inputs = { candidate: 'candidate.csv', champion: 'git:base:champion.csv' }
    // Who lowers the champion in the same pull request gains nothing by it.
    await runner.write('champion.csv', rows(0.99))
    await runner.write('candidate.csv', WORSE)
    const bad = await runner.run('model-gate', { inputs, event })
    expect(bad).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
    expect(
      (await runner.run('model-gate', { inputs: { ...inputs, champion: 'champion.csv' }, event })).code,
    ).toBe(0)
    await runner.write('candidate.csv', EQUAL)
    const good = await runner.run('model-gate', { inputs, event })
    expect(good).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
    expect(good.report.details.predicate.inputs[1].source).toEqual({
      kind: 'git',
      ref: 'base',
      commit: event.pull_request.base.sha,
      path: 'champion.csv',
    })
  })
})

/** How an evaluation is signed, and what sluice.yaml says of who may. */
interface Signing {
  readonly signedBy: string
  readonly section?: string
  readonly files: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** A registry that serves a model, and a repository whose sluice.yaml says whose evaluation of it counts. */
async function startServing({ signedBy, section = '', files, inputs, env = {} }: Signing) {
  await using stack = new AsyncDisposableStack()
  const registry = stack.use(await startRegistry({}))
  const target = `${registry.host}/prod/delays`
  const { digest } = await writeArtifact(await openRepository(target, { fetch }), {
    artifactType: 'application/vnd.example.model',
    layers: [{ mediaType: 'application/octet-stream', content: Buffer.from('weights') }],
    tag: 'live',
  })
  const environment = `environments:
  prod:
    target: ${target}:live
    requires: [{ predicate: evaluation, signedBy: ${signedBy} }]
    recordsSignedBy: [${signedBy}]
`
  const runner = stack.use(
    await startRunner({
      'sluice.yaml': RULES + environment + section,
      'first.yaml': 'evaluation:\n  rules:\n    - { metric: auc, atLeast: 0.6 }\n',
      'serving.csv': CHAMPION,
      ...files,
    }),
  )
  const running = stack.move()
  return {
    /** Gates the model that serves, and signs what came of it. */
    async sign() {
      const first = { config: 'first.yaml', candidate: 'serving.csv', 'first-release': 'true' }
      const gated = await runner.run('model-gate', { inputs: { ...first, subject: `delays@${digest}` } })
      expect(gated.code).toBe(0)
      const statements = '.sluice/model-gate.statement*.json'
      const signed = await runner.run('sign', {
        inputs: { subject: `${target}@${digest}`, statements, ...inputs },
        env,
      })
      expect(signed.code).toBe(0)
    },
    /** Holds a candidate with this AUC against what serves. */
    async against(auc: number) {
      await runner.write('candidate.json', JSON.stringify({ n: 2000, auc, auc_stderr: 0.005 }))
      return await runner.run('model-gate', {
        inputs: { candidate: 'candidate.json', champion: `oci://${target}:live` },
      })
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The champion's AUC, as the report of a gate against it has it. */
function aucIn({ report }: Awaited<ReturnType<Runner['run']>>): number {
  return report.details.predicate.rules[0].cases[0].champion
}

const REFUSED = { code: 1, report: { error: { code: 'CHAMPION_EVIDENCE_REFUSED' } } }

describe('what serves is believed by its signed evaluation', () => {
  const decides = async (serving: Awaited<ReturnType<typeof startServing>>) => {
    expect(await serving.against(0.8)).toMatchObject(REFUSED)
    await serving.sign()
    const auc = aucIn(await serving.against(0.99))
    expect(await serving.against(auc)).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
    expect(await serving.against(auc - 0.1)).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
  }

  test('by a key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await using serving = await startServing({
      signedBy: '{ key: key.pub }',
      inputs: { key: 'key.pem' },
      files: {
        'key.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        'key.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      },
    })
    await decides(serving)
  })

  test('by the identity of a workflow, and by no other', async () => {
    await using sigstore = await startSigstore()
    const claims = githubClaims({ repository: 'octo-org/flight-delays' })
    const { url } = sigstore
    const by = (identity: string): Signing => ({
      signedBy: `{ identity: "${identity}", issuer: "${claims['iss']}" }`,
      section: 'signing:\n  trustedRoot: root.json\n',
      files: { 'root.json': sigstore.trustedRoot },
      inputs: { 'fulcio-url': url, 'rekor-url': url, 'tsa-url': url },
      env: sigstore.jobEnvironment(claims),
    })
    const identity = `https://github.com/${claims['job_workflow_ref']}`
    await using serving = await startServing(by(identity))
    await decides(serving)
    await using other = await startServing(by(`${identity}x`))
    await other.sign()
    expect(await other.against(0.8)).toMatchObject(REFUSED)
  })
})
