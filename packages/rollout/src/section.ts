import { defineSection } from '@sluice/config'
import * as v from 'valibot'

const described = <const S extends v.GenericSchema>(schema: S, text: string) =>
  v.pipe(schema, v.description(text))
const above0 = v.pipe(v.number(), v.gtValue(0), v.finite())
const probability = v.pipe(v.number(), v.gtValue(0), v.ltValue(1))
const minutes = v.pipe(v.number(), v.gtValue(0), v.maxValue(7 * 24 * 60))
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
const metricName = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/, 'A metric name has letters, digits, `_` and `:`.'),
)
const labels = v.record(
  v.pipe(v.string(), v.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'A label name has letters, digits and `_`.')),
  v.pipe(v.string(), v.maxLength(500)),
)
const urls = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(2000))),
  v.minLength(1),
  v.maxLength(100),
)

const step = v.strictObject({
  weight: described(
    v.pipe(v.number(), v.gtValue(0), v.maxValue(100)),
    "The canary's share of the traffic in percent. 100 may stand last; it is where every promoted rollout ends.",
  ),
  minutes: described(v.optional(minutes), 'How long the step lasts at least.'),
  seconds: described(
    v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(7 * 24 * 3600))),
    'The same in seconds; give one of the two.',
  ),
  minRequests: described(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 100),
    'Requests that the canary must have answered in this step before it can end.',
  ),
})

const haproxy = v.strictObject({
  socket: described(name, 'The runtime socket: the path of a unix socket, or `127.0.0.1:<port>`.'),
  backend: described(name, 'The backend with both servers.'),
  stable: described(v.optional(name, 'stable'), 'The server that runs the current version.'),
  canary: described(v.optional(name, 'canary'), 'The server that runs the new version.'),
})

const metrics = v.strictObject({
  prometheus: described(
    v.optional(
      v.strictObject({
        url: described(name, "Prometheus' address, without credentials."),
        stable: described(labels, "Labels that select the stable arm's series."),
        canary: described(labels, "Labels that select the canary's series."),
        lookbackSeconds: described(
          v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(3600)), 60),
          'How far back the newest sample of a series may lie: a few scrape intervals.',
        ),
      }),
    ),
    'Read the counters from Prometheus.',
  ),
  endpoints: described(
    v.optional(
      v.strictObject({
        stable: described(urls, 'Addresses of the /metrics pages of the stable processes.'),
        canary: described(urls, 'Addresses of the /metrics pages of the canary processes.'),
      }),
    ),
    "Read the services' own /metrics pages.",
  ),
  requests: described(v.optional(metricName, 'http_requests_total'), 'Counter of answered requests.'),
  errorLabel: described(v.optional(name, 'code'), 'The label of that counter that tells the outcome.'),
  errorValues: described(
    v.optional(
      v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100))), v.minLength(1), v.maxLength(50)),
      ['5*'],
    ),
    'Values of the label that mean an error; a `*` at the end stands for any rest.',
  ),
  histogram: described(
    v.optional(metricName, 'http_request_duration_seconds'),
    'Base name of the latency histogram; read only when `analysis.latencyEdges` is set.',
  ),
  startTime: described(
    v.optional(metricName, 'process_start_time_seconds'),
    'Gauge with the start of the process.',
  ),
  labels: described(v.optional(labels, {}), 'Labels that a counted series must have in either arm.'),
})

const analysis = v.strictObject({
  psi0: described(v.optional(above0, 1.25), 'Odds ratio of errors up to which a canary is acceptable.'),
  alpha: described(
    v.optional(probability, 0.01),
    'Highest probability of ever rolling back a canary no worse than that, over all metrics and looks.',
  ),
  psiBad: described(
    v.optional(v.pipe(v.number(), v.gtValue(1), v.finite()), 2),
    'Odds ratio of errors that a certificate excludes.',
  ),
  beta: described(v.optional(probability, 0.05), 'Highest probability of certifying a canary that bad.'),
  certificate: described(
    v.optional(v.picklist(['reported', 'required']), 'reported'),
    'Whether a promotion needs the certificate, or states whether it was reached.',
  ),
  dispersion: described(
    v.optional(v.pipe(v.number(), v.minValue(1), v.finite()), 1),
    'Dispersion seen between two equal arms; evidence is tempered by it.',
  ),
  latencyEdges: described(
    v.optional(v.pipe(v.array(above0), v.maxLength(10)), []),
    'Bucket edges of the histogram at which latency is compared; none leaves latency out.',
  ),
  latencyPsi0: described(
    v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(5)), 1.1),
    'Odds ratio of "slower than the edge" up to which a canary is acceptable.',
  ),
  splitTolerance: described(
    v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.05),
    "How far the canary's observed share may lie off its weight, relative, before the split counts as broken.",
  ),
})

const deadlines = v.strictObject({
  stepMinutes: described(
    v.optional(minutes, 30),
    'How long a step may take longer than planned while requests are too few.',
  ),
  totalMinutes: described(
    v.optional(minutes),
    'How long the rollout may take; 330 unless given, or 5000 intervals if that is less. Keep it below the timeout of the job.',
  ),
  silenceSeconds: described(
    v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(24 * 3600)), 120),
    'How long metrics may be unreadable before the rollout counts as blind.',
  ),
})

/** The section as users write it. */
export const rolloutSchema = v.strictObject({
  steps: described(v.optional(v.pipe(v.array(step), v.maxLength(50))), 'The steps, from small to large.'),
  intervalSeconds: described(
    v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(3600)), 15),
    'How often counters are read; at least the scrape interval of Prometheus.',
  ),
  settleSeconds: described(
    v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3600))),
    'How long after a change of weights the split is not judged; one interval unless given.',
  ),
  traffic: described(
    v.optional(v.strictObject({ haproxy: described(v.optional(haproxy), "HAProxy's runtime API.") }), {}),
    'Where the weights are set.',
  ),
  metrics: described(v.optional(metrics, {}), 'Where requests, errors and latencies are counted.'),
  analysis: described(v.optional(analysis, {}), 'How canary and stable are compared.'),
  deadlines: described(v.optional(deadlines, {}), 'When waiting ends.'),
  onInconclusive: described(
    v.optional(v.picklist(['rollback', 'hold']), 'rollback'),
    'What becomes of the traffic when nothing could be decided: back to stable, or left as it is for a person.',
  ),
})

export type RolloutSection = v.InferOutput<typeof rolloutSchema>

/** `rollout` in sluice.yaml. Without the section everything is at its default, and there are no steps. */
export const rolloutSection = defineSection<RolloutSection>({
  name: 'rollout',
  description: 'How traffic moves to a new version, and what is compared on the way.',
  schema: v.optional(rolloutSchema, {}),
})
