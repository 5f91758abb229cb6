export { type Runner, type StepOptions, type StepResult, startRunner } from './runner.js'
