import type { Workflow } from '../plan/workflow.js'
import type { Named } from '../surroundings/mentioned.js'

/** What a workflow and all that it calls say, as it is written. */
export interface Mentions {
  /** Actions of steps. */
  readonly uses: readonly string[]
  /** Texts that are passed to actions and called workflows, defaults of inputs, and environments, by name. */
  readonly values: readonly Named[]
}

/** Pure. */
export function mentionsOf(workflow: Workflow): Mentions {
  const all = [...workflow.jobs.values()].map((job): Mentions => {
    if (job.kind === 'call') {
      const { uses, values } = mentionsOf(job.callee)
      return { uses, values: [...texts(job.with), ...values] }
    }
    const used = job.steps.flatMap(({ does }) => (does.kind === 'uses' ? [does] : []))
    const environments = [job.env, ...job.steps.map(({ env }) => env)].flatMap((env) => texts(env))
    return {
      uses: used.map(({ uses }) => uses),
      values: [...used.flatMap((does) => texts(does.with)), ...environments],
    }
  })
  const defaults = [...workflow.triggers.values()].flatMap(({ inputs }) =>
    [...inputs].flatMap(([name, input]) => texts({ [name]: input.default })),
  )
  return {
    uses: all.flatMap(({ uses }) => uses),
    values: [...texts(workflow.env), ...defaults, ...all.flatMap(({ values }) => values)],
  }
}

function texts(values: Readonly<Record<string, unknown>>): Named[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
}
