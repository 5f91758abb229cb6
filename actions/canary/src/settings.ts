import { SluiceError } from '@sluice/errors'
import type { RolloutSection } from '@sluice/rollout'
import type { Inputs } from './action.js'

/** The section with the inputs laid over it. Pure. @throws SluiceError CANARY_STEPS_MALFORMED, CANARY_METRICS_AMBIGUOUS */
export function settingsOf(section: RolloutSection, inputs: Inputs): RolloutSection {
  const { metrics } = section
  const endpoints = endpointsOf(section, inputs)
  const prometheus =
    inputs.prometheusUrl === undefined
      ? metrics.prometheus
      : { stable: {}, canary: {}, lookbackSeconds: 60, ...metrics.prometheus, url: inputs.prometheusUrl }
  // Inputs name one source; with them, the other one of sluice.yaml is meant to be out.
  const chosen =
    inputs.prometheusUrl !== undefined
      ? { prometheus }
      : inputs.stableMetrics.length + inputs.canaryMetrics.length > 0
        ? { endpoints }
        : { ...(prometheus && { prometheus }), ...(endpoints && { endpoints }) }
  const { prometheus: _, endpoints: __, ...shape } = metrics
  return {
    ...section,
    ...(inputs.steps.length > 0 && { steps: inputs.steps.map(parseStep) }),
    ...(inputs.interval !== undefined && { intervalSeconds: inputs.interval }),
    ...(inputs.onInconclusive !== undefined && { onInconclusive: inputs.onInconclusive }),
    traffic: trafficOf(section, inputs),
    metrics: { ...shape, ...chosen } as RolloutSection['metrics'],
  }
}

function endpointsOf(section: RolloutSection, inputs: Inputs) {
  const { stableMetrics, canaryMetrics } = inputs
  const configured = section.metrics.endpoints
  const stable = stableMetrics.length > 0 ? stableMetrics : configured?.stable
  const canary = canaryMetrics.length > 0 ? canaryMetrics : configured?.canary
  if (stable !== undefined && canary !== undefined) return { stable, canary }
  if (stable === undefined && canary === undefined) return undefined
  throw new SluiceError(
    'CANARY_METRICS_MISSING',
    'Only one arm has addresses of /metrics pages; both are compared.',
    {
      remedy: 'Give `stable-metrics` and `canary-metrics`.',
    },
  )
}

function trafficOf(section: RolloutSection, inputs: Inputs): RolloutSection['traffic'] {
  const configured = section.traffic.haproxy
  const socket = inputs.socket ?? configured?.socket
  const backend = inputs.backend ?? configured?.backend
  if (socket === undefined || backend === undefined) {
    throw new SluiceError(
      'CANARY_TRAFFIC_MISSING',
      'No traffic provider is configured; expected a socket and a backend.',
      {
        remedy: 'Set `rollout.traffic.haproxy` in sluice.yaml, or the inputs `socket` and `backend`.',
      },
    )
  }
  const stable = inputs.stableServer ?? configured?.stable ?? 'stable'
  const canary = inputs.canaryServer ?? configured?.canary ?? 'canary'
  return { haproxy: { socket, backend, stable, canary } }
}

const STEP = /^(\d+(?:\.\d+)?)\s*%?\s+(\d+(?:\.\d+)?)(s|m|h)(?:\s+(\d{1,9}))?$/
const SECONDS = { s: 1, m: 60, h: 3600 } as const
/** As the section allows it. */
const LONGEST = 7 * 24 * 3600

/** One line of the input `steps`. @throws SluiceError CANARY_STEPS_MALFORMED */
function parseStep(line: string): NonNullable<RolloutSection['steps']>[number] {
  if (/^100\s*%?$/.test(line)) return { weight: 100, minRequests: 100 }
  const parsed = STEP.exec(line)
  const weight = Number(parsed?.[1])
  const seconds = Number(parsed?.[2]) * SECONDS[parsed?.[3] as keyof typeof SECONDS]
  const minRequests = parsed?.[4] === undefined ? 100 : Number(parsed[4])
  if (weight > 0 && weight <= 100 && seconds > 0 && seconds <= LONGEST && minRequests > 0) {
    return { weight, seconds, minRequests }
  }
  throw new SluiceError(
    'CANARY_STEPS_MALFORMED',
    `The step ${JSON.stringify(line.slice(0, 100))} is no percent, duration and number of requests.`,
    { remedy: 'Write one step a line, such as `5 10m 500`: 5 % for at least ten minutes and 500 requests.' },
  )
}
