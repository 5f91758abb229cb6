import { connect, createServer, type Server, type Socket } from 'node:net'
import { serving } from '@sluice/promotion'
import { type StepOptions, startWeightedProxy } from '@sluice/rehearsal'
import { haproxyTraffic } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENTS, furnish, keyPair, NEW, OLD } from '../../actions/canary/test/furnish.js'
import { startLoad, startService } from '../interop/services.js'
import { runBundle, startRunner } from './rig.js'

const named = (subject: typeof OLD) => `${subject.name}@${subject.digest}`
const REST = { stable: 100, canary: 0 }

const keys = keyPair()
const YAML = `rollout:
  steps:
    - { weight: 20, seconds: 2.5, minRequests: 50 }
    - { weight: 50, seconds: 2, minRequests: 50 }
    - weight: 100
  intervalSeconds: 0.5
  deadlines: { silenceSeconds: 2 }
${ENVIRONMENTS}`

/** A team's prod: two services under load behind the stand-in proxy, and a ledger in which NEW was promoted. */
async function startProd(options: { failEvery?: number } = {}) {
  const stack = new AsyncDisposableStack()
  const stable = stack.use(await startService())
  const canary = stack.use(await startService(options.failEvery))
  const proxy = stack.use(
    await startWeightedProxy({
      backend: 'models',
      servers: [
        { name: 'stable', url: stable.url, weight: 100 },
        { name: 'canary', url: canary.url, weight: 0 },
      ],
    }),
  )
  stack.use(startLoad(proxy.url, 300))
  const runner = stack.use(
    await startRunner({ 'sluice.yaml': YAML, 'release.pub': keys.publicKey, 'release.key': keys.privateKey }),
  )
  const { readLedger } = await furnish(runner.workspace, keys, { now: new Date() })
  return {
    stable,
    canary,
    proxy,
    run: (inputs: Record<string, string> = {}, step: StepOptions = {}) =>
      runner.run('canary', {
        ...step,
        inputs: {
          subject: named(NEW),
          environment: 'prod',
          socket: proxy.runtimeSocket,
          backend: 'models',
          'stable-metrics': `${stable.url}/metrics`,
          'canary-metrics': `${canary.url}/metrics`,
          key: 'release.key',
          ...inputs,
        },
      }),
    async weights() {
      const servers = { backend: 'models', stable: 'stable', canary: 'canary' }
      const state = await haproxyTraffic({ socket: proxy.runtimeSocket, ...servers }).read()
      return { stable: state.stable.weight, canary: state.canary.weight }
    },
    readLedger,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('a healthy canary gets all of the traffic, and the ledger says that it serves', async () => {
  await using prod = await startProd()
  const step = await prod.run()
  expect(step.outputs, step.stdout + step.stderr).toMatchObject({
    verdict: 'pass',
    outcome: 'promoted',
    cause: 'complete',
  })
  expect(step.code).toBe(0)
  expect(step.outputs['record']).toBe('ledger/prod/000003.json')
  expect(await prod.weights()).toEqual({ stable: 0, canary: 100 })
  expect(serving(await prod.readLedger())).toEqual(NEW)
  expect(step.summary).toContain('no evidence of harm in')
})

test('a canary that fails three requests in a hundred is rolled back, and the ledger says that the old one serves', async () => {
  await using prod = await startProd({ failEvery: 33 })
  const step = await prod.run({ steps: '25 50s 100000' })
  expect(step.outputs, step.stdout + step.stderr).toMatchObject({
    verdict: 'fail',
    outcome: 'rolled-back',
    cause: 'harm',
  })
  expect(step.code).toBe(1)
  expect(await prod.weights()).toEqual(REST)
  const ledger = await prod.readLedger()
  expect(serving(ledger)).toEqual(OLD)
  expect(ledger.records.at(-1)).toMatchObject({
    kind: 'rollout',
    subject: NEW,
    predicate: { outcome: 'rolled-back' },
  })
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s in the middle brings the weights back before the process ends',
  async (signal) => {
    await using prod = await startProd()
    const step = await prod.run({ steps: '20 50s 100000' }, { kill: { signal, after: 3000 } })
    expect(step.outputs, step.stdout + step.stderr).toMatchObject({
      verdict: 'inconclusive',
      outcome: 'rolled-back',
      cause: 'interrupted',
    })
    expect(step.code).toBe(3)
    expect(await prod.weights()).toEqual(REST)
    expect(serving(await prod.readLedger())).toEqual(OLD)
  },
)

test('a runtime socket that dies in the middle is a failure that says what to set by hand', async () => {
  await using prod = await startProd()
  await using relay = await startRelay(prod.proxy.runtimeSocket)
  setTimeout(() => relay.cut(), 3000)
  const step = await prod.run({ steps: '20 50s 100000', socket: relay.address })
  expect(step.outputs, step.stdout + step.stderr).toMatchObject({
    verdict: 'fail',
    outcome: 'held',
    cause: 'fault',
  })
  expect(step.code).toBe(1)
  expect(step.report.findings).toContainEqual(
    expect.objectContaining({
      rule: 'canary/not-restored',
      level: 'error',
      remedy: 'Set the weights by hand, now: stable 100, canary 0.',
    }),
  )
  expect(await prod.weights()).toEqual({ stable: 80, canary: 20 })
})

test('metrics that stall in the middle end it undecided, with the weights back', async () => {
  await using prod = await startProd()
  await using relay = await startRelay(new URL(prod.canary.url).host)
  setTimeout(() => relay.stall(), 3000)
  const step = await prod.run({ steps: '20 50s 100000', 'canary-metrics': `http://${relay.address}/metrics` })
  expect(step.outputs, step.stdout + step.stderr).toMatchObject({
    verdict: 'inconclusive',
    outcome: 'rolled-back',
    cause: 'silence',
  })
  expect(step.code).toBe(3)
  expect(await prod.weights()).toEqual(REST)
})

describe('wrong input', () => {
  const inputs = {
    subject: named(NEW),
    previous: named(OLD),
    environment: 'prod',
    socket: '127.0.0.1:1',
    backend: 'models',
  }
  const pages = {
    'stable-metrics': 'http://127.0.0.1:1/metrics',
    'canary-metrics': 'http://127.0.0.1:1/metrics',
  }
  const steps = { steps: '5 10m 500' }
  test.each<[string, string, Record<string, string>, number, string]>([
    ['no subject', '', { subject: '' }, 2, 'INPUT_MISSING'],
    [
      'a subject without a digest',
      '',
      { subject: 'flight-delays:latest', ...pages, ...steps },
      2,
      'SUBJECT_MALFORMED',
    ],
    ['malformed YAML', 'rollout: [', {}, 2, 'CONFIG_MALFORMED'],
    ['a misspelt key', 'rollout: { step: [] }', {}, 2, 'CONFIG_UNKNOWN_KEY'],
    ['a missing configuration', '', { config: 'none.yaml' }, 2, 'CONFIG_NOT_FOUND'],
    ['no metrics', '', steps, 2, 'CANARY_METRICS_MISSING'],
    ['no steps', '', pages, 2, 'ROLLOUT_STEPS_INVALID'],
    ['a malformed step', '', { ...pages, steps: '5 soon' }, 2, 'CANARY_STEPS_MALFORMED'],
    [
      'a socket on another machine',
      '',
      { ...pages, ...steps, socket: '10.0.0.1:9999' },
      2,
      'TRAFFIC_ADDRESS_INVALID',
    ],
    [
      'a socket that leads out',
      '',
      { ...pages, ...steps, socket: '../admin.sock' },
      2,
      'PATH_OUTSIDE_WORKSPACE',
    ],
    ['an unreachable balancer', '', { ...pages, ...steps }, 3, 'TRAFFIC_UNREACHABLE'],
    ['a subject that was never promoted', YAML, { ...pages, previous: '' }, 1, 'CANARY_NOT_PROMOTED'],
  ])('%s', async (_, yaml, given, code, error) => {
    const step = await runBundle('canary', {
      files: { 'sluice.yaml': yaml, 'release.pub': keys.publicKey },
      inputs: { ...inputs, ...given },
    })
    expect(step.report.error, step.stdout + step.stderr).toMatchObject({
      code: error,
      remedy: expect.any(String),
    })
    expect(step.code).toBe(code)
  })
})

/** Passes connections on to an address, until it is told to cut or to stall them. */
async function startRelay(to: string) {
  const [host, port] = to.split(':') as [string, string]
  const open = new Set<Socket>()
  let stalled = false
  const server: Server = createServer((socket) => {
    const onward = connect(Number(port), host)
    for (const end of [socket, onward]) {
      open.add(end)
      end.on('error', () => {})
      end.on('close', () => open.delete(end))
    }
    if (stalled) return
    socket.pipe(onward)
    onward.pipe(socket)
  })
  const cut = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    stall() {
      stalled = true
      for (const socket of open) socket.unpipe()
    },
    async [Symbol.asyncDispose]() {
      cut()
    },
  }
}
