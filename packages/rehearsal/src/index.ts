export type * from './contract.js'
export { createExpressions } from './expression/expressions.js'
export { loadLanguage } from './expression/language.js'
export { runJob } from './job/run-job.js'
export * from './rehearse/index.js'
export { type Runner, type RunnerOptions, type StepOptions, type StepResult, startRunner } from './runner.js'
export { type RunningServices, type ServicesOptions, type ServicesRecord, startServices } from './services.js'
export type { TrustedIssuer } from './sigstore/identity.js'
export { type Sigstore, type SigstoreOptions, startSigstore } from './sigstore/start-sigstore.js'
export { readSetting, type Setting } from './surroundings/configuration-note.js'
export { readImage, type SeededImage, withDigests } from './surroundings/images.js'
export {
  type Real,
  type Surroundings,
  type SurroundingsOptions,
  startSurroundings,
} from './surroundings/surroundings.js'
export { startWeightedProxy, type WeightedProxy, type WeightedProxyOptions } from './weighted-proxy/proxy.js'
