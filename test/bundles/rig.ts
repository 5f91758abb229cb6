import { fileURLToPath } from 'node:url'
import { type Runner, type StepOptions, type StepResult, startRunner as start } from '@sluice/rehearsal'

export type { Runner, StepOptions, StepResult } from '@sluice/rehearsal'

export const actionsFolder = fileURLToPath(new URL('../../actions', import.meta.url))

/** A runner over this checkout's bundles, with `files` in its workspace. */
export function startRunner(files?: Readonly<Record<string, string | Uint8Array>>): Promise<Runner> {
  return start({ actions: actionsFolder, ...(files ? { files } : {}) })
}

/** One step on a runner of its own. */
export async function runBundle(
  action: string,
  step: StepOptions & { readonly files?: Readonly<Record<string, string | Uint8Array>> } = {},
): Promise<StepResult> {
  await using runner = await startRunner(step.files)
  return await runner.run(action, step)
}
