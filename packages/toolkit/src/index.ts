export {
  type Action,
  type AnyAction,
  type BrandingColor,
  defineAction,
  type InputDeclarations,
  type InputsOf,
  kebab,
} from './action.js'
export { commonInputs, commonOutputs, subjectInput } from './common.js'
export type { Clock, Context, Fetch, Log, RunContext, Workspace } from './context.js'
export { boolean, type Input, integer, list, number, oneOf, path, secret, text } from './input.js'
export { displayPath, openWorkspace } from './workspace.js'
