export { logMeanExp, logSumExp } from './numerics/sums.js'
export {
  COUNT_LIMIT,
  conditionalFactor,
  type ErrorCounts,
  isInformative,
  logConditionalFactor,
  logExposureFactor,
} from './sequential/conditional-factor.js'
export {
  ERROR_TEST_DEFAULTS,
  type ErrorTestOptions,
  type ErrorTestResult,
  sequentialErrorTest,
} from './sequential/error-test.js'
export {
  logSplitEvidence,
  type SplitRatioResult,
  type SplitStep,
  splitRatioTest,
} from './sequential/split-ratio.js'
