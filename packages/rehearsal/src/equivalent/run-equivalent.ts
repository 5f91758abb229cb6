import { githubContext } from '../job/contexts.js'
import { searchPath } from '../job/environment.js'
import type { Attempt, Frame, JobState } from '../job/state.js'
import type { Equivalent } from './equivalent.js'

/** Runs an equivalent in place of the action that a step uses. @throws SluiceError of the equivalent */
export async function runEquivalent(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  equivalent: Equivalent,
  inputs: Readonly<Record<string, string>>,
): Promise<void> {
  const { scope, job, folders } = state
  attempt.log.line(`The rehearsal does the work of ${equivalent.name} itself.`)
  await equivalent.run({
    inputs,
    github: githubContext(frame),
    workspace: scope.workspace,
    temporary: folders.temporary,
    tools: folders.tools,
    services: scope.services,
    searchPath: searchPath(state),
    userHome: folders.home,
    stop: attempt.stop,
    homeOf: async (repository, ref) => {
      const known = [scope.repository, job.home].find((home) => home && sameName(repository, home.repository))
      if (known) return known
      const found = await scope.resolveAction(`${repository}@${ref}`, job.home)
      return found?.kind === 'folder' ? found.home : undefined
    },
    log: (line) => attempt.log.line(line),
    warn: (message) => attempt.log.annotate('warning', message),
    setOutput: (name, value) => {
      attempt.outputs[name] = value
    },
    setVariable: (name, value) => {
      state.env.set(name, value)
    },
    addPath: (folder) => {
      state.path.unshift(folder)
    },
  })
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
