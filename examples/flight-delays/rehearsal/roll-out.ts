import { join } from 'node:path'
import type { StepResult } from '@sluice/rehearsal'
import { BACKEND, startBalancer } from './balancer.ts'
import { heldOutFlights } from './flights.ts'
import { answeredBy, startLoad } from './load.ts'
import { startModelServer } from './model-server.ts'
import type { Release } from './release.ts'
import { outcomeOf } from './story.ts'
import { EXAMPLE, type World } from './world.ts'

/** Requests a second, in all. */
const RATE = 400
/** The plan of sluice.yaml in seconds instead of minutes. */
const STEPS = ['5 2s 30', '25 2s 100', '50 2s 200', '100']

/** A rollout: the step, what the clients saw, and through what. */
export interface RollOut {
  readonly step: StepResult
  readonly answers: ReadonlyMap<number, number>
  /** Which versions answered once it was over. */
  readonly afterwards: ReadonlyMap<string, number>
  readonly balancer: string
}

/** Runs both releases behind a balancer, under requests of held-out flights, and rolls the canary out. */
export async function rollOut(
  world: World,
  { stable, canary, failShare }: { stable: Release; canary: Release; failShare: number },
): Promise<RollOut> {
  const model = (release: Release) => join(EXAMPLE, 'models', release.model)
  await using stableServer = await startModelServer({ model: model(stable), version: stable.tag })
  await using canaryServer = await startModelServer({ model: model(canary), version: canary.tag, failShare })
  await using balancer = await startBalancer(stableServer, canaryServer)
  const flights = await heldOutFlights(join(EXAMPLE, 'data/holdout.parquet'), 5000)
  await using load = startLoad(balancer.url, flights, RATE)
  const step = await world.runner.run('canary', {
    inputs: {
      subject: canary.subject,
      environment: 'prod',
      socket: balancer.socket,
      backend: BACKEND,
      'stable-metrics': `${stableServer.url}/metrics`,
      'canary-metrics': `${canaryServer.url}/metrics`,
      steps: STEPS.join('\n'),
      interval: '0.5',
      key: world.key,
    },
  })
  const answers = new Map(load.answers)
  return { step, answers, afterwards: await answeredBy(balancer.url, flights, 100), balancer: balancer.name }
}

/**
 * What the story tells of it: how the rollout ended, and what the clients got meanwhile and get now.
 * @param serves the version that must answer everything afterwards
 */
export function rolloutOf(
  { step, answers, afterwards, balancer }: RollOut,
  serves: string,
): { seen: string; headline: string; details: string[] } {
  const outcome = outcomeOf(step)
  const total = [...answers.values()].reduce((sum, count) => sum + count, 0)
  const wrong = [...answers].filter(([status]) => status !== 200).reduce((sum, [, count]) => sum + count, 0)
  const ended = step.outputs['outcome'] ?? outcome.seen
  const alone = afterwards.size === 1 && afterwards.has(serves)
  const served = [...afterwards].map(([version, count]) => `${version} (${count})`).join(', ')
  return {
    seen: alone ? ended : `${ended}, yet ${served} answers`,
    headline: outcome.headline,
    details: [
      outcome.headline,
      `${total} answers through ${balancer}, ${wrong} of them errors; afterwards answers ${served}`,
      ...outcome.details,
    ],
  }
}
