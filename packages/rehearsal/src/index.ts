export { type Runner, type RunnerOptions, type StepOptions, type StepResult, startRunner } from './runner.js'
