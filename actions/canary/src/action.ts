import { commonInputs, defineAction, type InputsOf, list, number, oneOf, secret, text } from '@sluice/toolkit'
import { canary } from './canary.js'

export const inputs = {
  ...commonInputs,
  subject: text({ description: 'What the canary server runs, as `name@sha256:<digest>`.', required: true }),
  environment: text({ description: 'The environment whose traffic moves.', required: true }),
  previous: text({
    description:
      'What the stable server runs, as `name@sha256:<digest>`; what the ledger says is serving, without it.',
  }),
  steps: list({
    description:
      'Steps, one a line: percent, duration, and requests at least, such as `5 10m 500`; overrides `rollout.steps`.',
    default: [],
  }),
  interval: number({
    description: 'Seconds between two looks; overrides `rollout.intervalSeconds`.',
    min: 0.1,
    max: 3600,
  }),
  onInconclusive: oneOf(['rollback', 'hold'], {
    description:
      'What becomes of the traffic when nothing could be decided; overrides `rollout.onInconclusive`.',
  }),
  socket: text({
    description:
      "HAProxy's runtime socket, a path or `127.0.0.1:<port>`; overrides `rollout.traffic.haproxy.socket`.",
  }),
  backend: text({ description: "HAProxy's backend with both servers; overrides the same of sluice.yaml." }),
  stableServer: text({ description: 'The server that runs the current version; `stable` unless set.' }),
  canaryServer: text({ description: 'The server that runs the new version; `canary` unless set.' }),
  stableMetrics: list({
    description:
      "Addresses of the stable processes' /metrics pages; overrides `rollout.metrics.endpoints.stable`.",
    default: [],
  }),
  canaryMetrics: list({
    description:
      "Addresses of the canary processes' /metrics pages; overrides `rollout.metrics.endpoints.canary`.",
    default: [],
  }),
  prometheusUrl: text({ description: 'Address of Prometheus; overrides `rollout.metrics.prometheus.url`.' }),
  prometheusToken: secret({ description: 'Bearer token for Prometheus.' }),
  store: list({
    description:
      'Where the evidence is: `oci` for referrers in the environment’s repository, `github` for attestations of this repository, `github:<owner>/<name>` for those of another, anything else a folder.',
    default: ['oci'],
  }),
  key: text({
    description:
      'Private key in PEM that signs the record: a path, or `env://NAME` of a variable. Its password is read from SLUICE_KEY_PASSWORD. Without it the record is signed by the identity of the job.',
  }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'canary',
  description: 'Moves live traffic to a subject in steps, and back by itself when it does harm.',
  branding: { icon: 'trending-up', color: 'yellow' },
  permissions: {
    contents: 'read, to see sluice.yaml and the keys it names',
    attestations: 'read, only when `store` names `github`',
    packages: 'write, to read the evidence from a registry on GitHub and keep the record there',
    'id-token': 'write, to sign the record when no `key` is given',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    outcome:
      '`promoted`, `rolled-back` or `held`; empty when the evidence did not hold and no traffic was moved.',
    cause:
      'Why it ended so: `complete`, `harm`, `unhealthy`, `split`, `deadline`, `silence`, `drift`, `interrupted` or `fault`.',
    'canary-requests': 'How many requests the canary answered and was judged by.',
    certified: '`true` when the odds ratio of errors is shown to lie below `rollout.analysis.psiBad`.',
    record: 'Where the record is in the ledger; empty when it is in none.',
  },
  example: {
    subject: 'flight-delays@${{ needs.promote.outputs.digest }}',
    environment: 'prod',
    socket: '/run/haproxy/admin.sock',
    backend: 'models',
  },
  run: canary,
})
