import type { Home, PlannedStep, ResolvedAction } from '../contract.js'
import { findAction, isWorkspaceAction } from '../job/reference.js'
import { placed } from './refusals.js'
import type { Workflow } from './workflow.js'

type ResolveAction = (uses: string, home: Home) => Promise<ResolvedAction | undefined>

/** Composite actions may nest so deep (docs, creating a composite action). */
const DEEPEST = 10

/**
 * Looks up every action that a workflow and those it calls use, inside composite actions too, so that one that cannot
 * be run is refused before the first job. Actions of the workspace (`./`) are there only once a step has put them.
 * @throws SluiceError REHEARSAL_UNSUPPORTED, ACTION_MISSING, ACTION_INVALID
 */
export async function checkActions(workflow: Workflow, resolveAction: ResolveAction): Promise<void> {
  const seen = new Set<string>()
  const scope = { workspace: '', resolveAction }
  await ofWorkflow(workflow)

  async function ofWorkflow({ home, jobs }: Workflow): Promise<void> {
    for (const job of jobs.values()) {
      if (job.kind === 'call') await ofWorkflow(job.callee)
      else await ofSteps(job.steps, home, 0)
    }
  }

  async function ofSteps(steps: readonly PlannedStep[], home: Home, depth: number): Promise<void> {
    for (const { does, place } of steps) {
      if (does.kind !== 'uses' || isWorkspaceAction(does.uses) || depth > DEEPEST) continue
      const key = `${home.repository} ${does.uses}`
      if (seen.has(key)) continue
      seen.add(key)
      const found = await findAction(does.uses, home, scope, place).catch((error: unknown) => {
        throw placed(error, place)
      })
      if (found.kind !== 'file') continue
      const { runs } = found.file
      if (runs.using === 'composite') await ofSteps(runs.steps, found.home, depth + 1)
    }
  }
}
