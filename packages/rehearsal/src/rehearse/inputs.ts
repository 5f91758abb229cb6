import { SluiceError } from '@sluice/errors'
import type { Contexts, Expressions, Value } from '../contract.js'
import { evaluateDeep } from '../graph/evaluate.js'
import { checkNames, declarationOf, inputFromText, withDefaults } from '../plan/inputs.js'
import { at } from '../plan/refusals.js'
import type { Workflow } from '../plan/workflow.js'

/**
 * Inputs that a person gave, typed by what the workflow declares for its event.
 * @throws SluiceError REHEARSAL_INPUT for one that is unknown, missing or of the wrong type
 */
export function inputsFromTexts(
  workflow: Workflow,
  event: string,
  texts: Readonly<Record<string, string>>,
  secrets: readonly string[],
  expressions: Expressions,
  contexts: Contexts,
): Record<string, Value> {
  const trigger = workflow.triggers.get(event)!
  const whose = `${workflow.place.file} on \`${event}\``
  const problem =
    checkNames(Object.keys(texts), trigger.inputs, 'input', whose) ??
    // Secrets that are not declared may be the repository's; only a called workflow has to be given all it requires.
    checkNames(
      secrets.filter((name) => declarationOf(trigger.secrets, name) !== undefined),
      trigger.secrets,
      'secret',
      whose,
    )
  if (problem !== undefined) {
    throw new SluiceError(
      'REHEARSAL_INPUT',
      `${workflow.place.file}:${trigger.place.line}: ${problem.message}`,
      {
        remedy: problem.remedy,
        at: trigger.place,
      },
    )
  }
  const given = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      inputFromText(name, declarationOf(trigger.inputs, name)![1], text),
    ]),
  )
  return withDefaults(given, trigger.inputs, (template, { place }) =>
    at(place, () => evaluateDeep(expressions, template, contexts)),
  )
}
