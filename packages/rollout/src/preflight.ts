import { SluiceError } from '@sluice/errors'
import type { Reading } from './metrics/source.js'
import type { TrafficState } from './traffic/traffic.js'

/**
 * Whether a rollout may begin: all traffic on a ready stable server, a ready canary without any.
 * @throws SluiceError TRAFFIC_NOT_AT_REST, TRAFFIC_OTHER_SERVERS, TRAFFIC_SERVER_NOT_READY
 */
export function checkStart({ stable, canary, others }: TrafficState): void {
  if (canary.weight !== 0 || stable.weight === 0) {
    throw new SluiceError(
      'TRAFFIC_NOT_AT_REST',
      `The weights are stable ${stable.weight}, canary ${canary.weight}; a rollout begins with all weight on stable.`,
      {
        remedy:
          'Another rollout runs, or one was cut off: bring the canary to weight 0. If the last rollout was promoted, the roles are reversed: swap the names of the servers.',
        kind: 'surroundings',
      },
    )
  }
  if (others.length > 0) {
    throw new SluiceError(
      'TRAFFIC_OTHER_SERVERS',
      `Besides stable and canary, ${others.slice(0, 5).join(', ')} take traffic in the backend.`,
      { remedy: 'Give the rollout a backend of two servers.', kind: 'surroundings' },
    )
  }
  const [arm, state] =
    stable.condition === 'ready' ? (['canary', canary] as const) : (['stable', stable] as const)
  if (state.condition !== 'ready') {
    throw new SluiceError('TRAFFIC_SERVER_NOT_READY', `The ${arm} server is ${state.condition}.`, {
      remedy: 'Bring the server up (`set server … state ready`), then run again.',
      kind: 'surroundings',
    })
  }
}

/**
 * Whether the arm that has all the traffic is seen to have it: a misspelt metric or label would otherwise look like
 * silence until the deadline. The canary may have counted nothing yet.
 * @throws SluiceError METRICS_NO_SERIES
 */
export function checkCounted({ stable }: Reading, latency: boolean): void {
  const roles = new Set(stable.counters.map((counter) => counter.role))
  const counted = roles.has('ok') || roles.has('error')
  if (counted && (!latency || roles.has('timed'))) return
  const lacking = counted ? 'the latency histogram' : 'the counter of requests'
  throw new SluiceError(
    'METRICS_NO_SERIES',
    `The stable arm has no series of ${lacking}, though it has all the traffic.`,
    {
      remedy: 'Correct the names and labels under `rollout.metrics`; see that the service answers requests.',
      kind: 'surroundings',
    },
  )
}
