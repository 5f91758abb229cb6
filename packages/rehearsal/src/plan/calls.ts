import type { Place } from '../contract.js'
import { checkNames, declarationOf, typedInput } from './inputs.js'
import { invalid } from './refusals.js'
import type { TemplateToken, Tokens } from './tokens.js'
import type { CallJob, Workflow } from './workflow.js'

/**
 * Holds what a job passes against what the workflow that it calls declares.
 * @param job the calling job's mapping, for the lines of its `with` and `secrets`
 * @param place of its `uses`
 * @throws SluiceError WORKFLOW_INVALID
 */
export function checkCall(
  tokens: Tokens,
  job: TemplateToken,
  call: Pick<CallJob, 'uses' | 'with' | 'secrets'>,
  callee: Workflow,
  place: Place,
): void {
  const trigger = callee.triggers.get('workflow_call')
  if (trigger === undefined) {
    throw invalid(
      place,
      `\`${call.uses}\` may not be called: it does not listen to \`workflow_call\`.`,
      `Add \`on: workflow_call\` to ${callee.place.file}.`,
    )
  }
  const whose = `\`${call.uses}\``
  const lines = (key: string) =>
    new Map(tokens.entries(tokens.get(job, key)).map((entry) => [entry.key, entry.at]))
  const inputs = lines('with')
  const problem = checkNames([...inputs.keys()], trigger.inputs, 'input', whose)
  if (problem !== undefined) {
    const line = inputs.get(problem.name)
    throw invalid(line === undefined ? place : tokens.place(line), problem.message, problem.remedy)
  }
  for (const [name, value] of Object.entries(call.with)) {
    const at = inputs.get(name)!
    const declared = declarationOf(trigger.inputs, name)
    if (declared && !(typeof value === 'string' && value.includes('${{'))) {
      typedInput(name, declared[1], value, tokens.place(at))
    }
  }
  if (call.secrets === 'inherit') return
  const secrets = lines('secrets')
  const wrong = checkNames([...secrets.keys()], trigger.secrets, 'secret', whose)
  if (wrong === undefined) return
  const line = secrets.get(wrong.name)
  throw invalid(line === undefined ? place : tokens.place(line), wrong.message, wrong.remedy)
}
