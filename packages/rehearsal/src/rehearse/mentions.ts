import type { Workflow } from '../plan/workflow.js'

/** What a workflow and all that it calls say, as it is written. */
export interface Mentions {
  /** Actions of steps. */
  readonly uses: readonly string[]
  /** Texts that are passed to actions and called workflows, by the input's name. */
  readonly values: readonly (readonly [name: string, text: string])[]
}

/** Pure. */
export function mentionsOf(workflow: Workflow): Mentions {
  const all = [...workflow.jobs.values()].map((job): Mentions => {
    if (job.kind === 'call') {
      const { uses, values } = mentionsOf(job.callee)
      return { uses, values: [...texts(job.with), ...values] }
    }
    const used = job.steps.flatMap(({ does }) => (does.kind === 'uses' ? [does] : []))
    return { uses: used.map(({ uses }) => uses), values: used.flatMap((does) => texts(does.with)) }
  })
  return { uses: all.flatMap(({ uses }) => uses), values: all.flatMap(({ values }) => values) }
}

function texts(values: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
}
