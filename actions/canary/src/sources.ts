import { SluiceError } from '@sluice/errors'
import {
  endpointMetrics,
  haproxyTraffic,
  type MetricShape,
  type Metrics,
  prometheusMetrics,
  type RolloutSection,
  type Traffic,
} from '@sluice/rollout'
import type { Context } from '@sluice/toolkit'

/** Opens the traffic provider; nothing is asked of it yet. */
export async function openTraffic(settings: RolloutSection, context: Context): Promise<Traffic> {
  const haproxy = settings.traffic.haproxy!
  const isTcp = /:\d+$/.test(haproxy.socket)
  const path = haproxy.socket.replace(/^unix:/, '')
  return haproxyTraffic({
    ...haproxy,
    socket: isTcp ? haproxy.socket : await context.workspace.resolve(path),
  })
}

/** Opens the one metric source that is configured. @throws SluiceError CANARY_METRICS_MISSING, CANARY_METRICS_AMBIGUOUS */
export function openMetrics(settings: RolloutSection, token: string | undefined, context: Context): Metrics {
  const { prometheus, endpoints } = settings.metrics
  const shape = shapeOf(settings)
  if (prometheus && endpoints) {
    throw new SluiceError('CANARY_METRICS_AMBIGUOUS', 'Both Prometheus and /metrics pages are configured.', {
      remedy: 'Keep one of `prometheus` and `endpoints` in `rollout.metrics`.',
    })
  }
  if (prometheus) {
    checkArms(prometheus)
    return prometheusMetrics({
      ...prometheus,
      lookback: prometheus.lookbackSeconds,
      shape,
      fetch: context.fetch,
      ...(token === undefined ? {} : { token }),
    })
  }
  if (endpoints) {
    return endpointMetrics({
      ...endpoints,
      shape,
      fetch: context.fetch,
      now: () => context.clock.now().getTime(),
    })
  }
  throw new SluiceError(
    'CANARY_METRICS_MISSING',
    'No metric source is configured, so nothing could be compared.',
    {
      remedy:
        'Set `rollout.metrics.prometheus` or `rollout.metrics.endpoints` in sluice.yaml, or the inputs `stable-metrics` and `canary-metrics`.',
    },
  )
}

/** Arms that select the same series would always look equal. */
function checkArms({
  stable,
  canary,
}: {
  stable: Record<string, string>
  canary: Record<string, string>
}): void {
  const apart = Object.entries(stable).some(([name, value]) => (canary[name] ?? value) !== value)
  if (apart) return
  throw new SluiceError(
    'CANARY_ARMS_OVERLAP',
    'The labels of stable and canary in `rollout.metrics.prometheus` may select the same series.',
    { remedy: 'Give both arms the same label with different values, such as `version` or `server`.' },
  )
}

function shapeOf({ metrics, analysis }: RolloutSection): MetricShape {
  const { requests, errorLabel, errorValues, histogram, startTime, labels } = metrics
  const edges = analysis.latencyEdges
  return {
    requests,
    errorLabel,
    errorValues,
    labels,
    startTime,
    ...(edges.length > 0 && { latency: { histogram, edges } }),
  }
}
