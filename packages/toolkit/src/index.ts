export {
  type Action,
  type AnyAction,
  type BrandingColor,
  defineAction,
  type Guide,
  type InputDeclarations,
  type InputsOf,
  kebab,
} from './action.js'
export { FORMATS, type Format } from './command-line/flags.js'
export { helpText, shellFlags } from './command-line/help.js'
export { type Io, processIo } from './command-line/io.js'
export { runFromCommandLine } from './command-line/run.js'
export { commonInputs, commonOutputs, subjectInput } from './common.js'
export type { Clock, Context, Fetch, Log, RunContext, Workspace } from './context.js'
export { type Checkout, type CommittedFile, openCheckout, type Resolved } from './git/checkout.js'
export { type GitHubApi, githubApi } from './github/api.js'
export { baseCommit } from './github/base-commit.js'
export { createRest, type Rest } from './github/rest.js'
export { readBytes, readText } from './http/body.js'
export { type ClientOptions, createFetch, type Limits } from './http/client.js'
export { boolean, type Input, integer, list, number, oneOf, path, secret, text } from './input.js'
export { exitWith, main, untilSignalled } from './main.js'
export { runLink } from './publish/run-link.js'
export type { RunnerCommands } from './publish/runner-commands.js'
export { systemClock } from './run/clock.js'
export { type ExitCode, execute, exitCode, type Outcome } from './run/execute.js'
export {
  type CommonInputs,
  fromEnvironment,
  type InputReader,
  inputVariable,
  parseInputs,
} from './run/inputs.js'
export { type Environment, readRunContext } from './run/run-context.js'
export { runOnRunner, type StepProcess } from './run/runner.js'
export { type AcceptFindings, readWaivers } from './waivers.js'
export { displayPath, openWorkspace } from './workspace.js'
