export { type Runner, type RunnerOptions, type StepOptions, type StepResult, startRunner } from './runner.js'
export { startWeightedProxy, type WeightedProxy, type WeightedProxyOptions } from './weighted-proxy/proxy.js'
