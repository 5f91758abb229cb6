import type { Conclusion, Contexts, JobResult, Value } from '../contract.js'
import { declarationOf, typedInput, withDefaults } from '../plan/inputs.js'
import { at } from '../plan/refusals.js'
import type { CallJob, Workflow } from '../plan/workflow.js'
import { evaluateDeep } from './evaluate.js'
import { endedJob, failedJob } from './failure.js'
import type { Instance } from './run-steps-job.js'
import { type Scope, type Shared, scopeContexts, TOKEN_PLACEHOLDER } from './shared.js'
import type { Outcome } from './status.js'
import { takeTurn } from './turn.js'

/** Runs a workflow's jobs in a scope; `runWorkflow`, handed in because calls nest. */
export type RunWorkflow = (shared: Shared, workflow: Workflow, scope: Scope) => Promise<Outcome>

/** What came of a call. `result` is there when it ended before its first job. */
export interface Called {
  readonly conclusion: Conclusion
  readonly outputs: Readonly<Record<string, string>>
  readonly result?: JobResult
}

/** Calls a reusable workflow: inputs typed, secrets handed on, groups taken, outputs mapped up. */
export async function runCall(
  shared: Shared,
  scope: Scope,
  job: CallJob,
  instance: Instance,
  runWorkflow: RunWorkflow,
): Promise<Called> {
  const { callee } = job
  try {
    const inputs = inputsOf(shared, scope, job, instance.contexts)
    const secrets = secretsOf(shared, scope, job, instance.contexts)
    const held = [...scope.held]
    await using stack = new AsyncDisposableStack()
    let signal = instance.signal
    const inside: Scope = {
      inputs,
      secrets,
      key: `${instance.key}/`,
      name: `${instance.name} / `,
      held,
      signal,
    }
    const groups = [
      { concurrency: job.concurrency, contexts: instance.contexts },
      { concurrency: callee.concurrency, contexts: scopeContexts(shared, inside) },
    ]
    for (const { concurrency, contexts } of groups) {
      if (concurrency === undefined) continue
      const taken = await takeTurn(shared, concurrency, contexts, held, signal, (group) =>
        shared.events({
          kind: 'log',
          job: '',
          line: `… ${instance.name} waits: the concurrency group ${group} is taken`,
        }),
      )
      if (taken.kind === 'cancelled') {
        return stopped(
          endedJob(
            'cancelled',
            'notice',
            `Canceled while it waited for the concurrency group ${taken.group}.`,
            job.place,
          ),
        )
      }
      stack.use(taken.turn)
      held.push(taken.group)
      signal = AbortSignal.any([signal, taken.turn.cancelled])
    }
    const { result, outputs } = await runWorkflow(shared, callee, { ...inside, signal })
    return { conclusion: result, outputs }
  } catch (error) {
    return stopped(failedJob(error, job.place))
  }
}

function stopped(result: JobResult): Called {
  return { conclusion: result.conclusion, outputs: {}, result }
}

function inputsOf(shared: Shared, scope: Scope, job: CallJob, contexts: Contexts): Record<string, Value> {
  const declared = job.callee.triggers.get('workflow_call')!.inputs
  const given = Object.fromEntries(
    Object.entries(job.with).map(([name, template]) => {
      const value = at(job.place, () => evaluateDeep(shared.expressions, template, contexts))
      const [, declaration] = declarationOf(declared, name)!
      return [name, typedInput(name, declaration, value, job.place)]
    }),
  )
  return withDefaults(given, declared, (template, { place }) =>
    at(place, () => evaluateDeep(shared.expressions, template, scopeContexts(shared, scope))),
  )
}

function secretsOf(shared: Shared, scope: Scope, job: CallJob, contexts: Contexts): Record<string, string> {
  if (job.secrets === 'inherit') return { ...scope.secrets }
  const seen = { ...contexts, secrets: { ...scope.secrets, GITHUB_TOKEN: TOKEN_PLACEHOLDER } }
  return Object.fromEntries(
    Object.entries(job.secrets).map(([name, template]) => [
      name,
      at(job.place, () => shared.expressions.interpolate(template, seen)),
    ]),
  )
}
