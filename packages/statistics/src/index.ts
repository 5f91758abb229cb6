export { aucDifferenceReplicates, packRanks, type Replicates } from './bootstrap/auc-difference.js'
export { groupOf, poissonWeight, poissonWeights } from './bootstrap/poisson.js'
export { benjaminiHochberg, holm } from './corrections/multiple-tests.js'
export { betaCdf, betaQuantile } from './distributions/beta.js'
export { binomialCdf, binomialProbability } from './distributions/binomial.js'
export { chiSquareCdf, chiSquareTail } from './distributions/chi-square.js'
export { normalCdf, normalDensity, normalQuantile } from './distributions/normal.js'
export { pearsonTails } from './distributions/pearson.js'
export { studentCdf, studentQuantile } from './distributions/student.js'
export { type CellShares, cellSharesOf } from './drift/cell-shares.js'
export { type Distribution, distributionOf } from './drift/distribution.js'
export { type Divergence, divergenceOf } from './drift/divergence.js'
export { resampleCounts } from './drift/resample.js'
export {
  kolmogorovSmirnov,
  kolmogorovTail,
  type Sample,
  type Stretch,
  walk,
  wassersteinDistance,
} from './drift/samples.js'
export {
  chiSquareOfTable,
  jensenShannonDistance,
  populationStability,
  smoothedShares,
} from './drift/shares.js'
export type { Mass, Weighing } from './drift/weighing.js'
export {
  type AbsoluteSum,
  absoluteSum,
  absoluteSumDifference,
  foldedBias,
  type SignedParts,
} from './intervals/absolute-sum.js'
export { type Groups, influenceSpread, type Spread, spreadOfSquares } from './intervals/influence.js'
export type { Interval } from './intervals/interval.js'
export { meanInterval } from './intervals/mean.js'
export {
  type DiscordantPairs,
  mcnemar,
  tangoInterval,
  tangoLowerTail,
  tangoStatistic,
  tangoVariance,
} from './intervals/paired-proportion.js'
export { clopperPearsonInterval, wilsonInterval } from './intervals/proportion.js'
export { quantile } from './intervals/quantile.js'
export { logGamma } from './numerics/gamma.js'
export { regularizedBeta } from './numerics/incomplete-beta.js'
export { regularizedGamma } from './numerics/incomplete-gamma.js'
export { withInfluences } from './numerics/on-demand.js'
export { risingRoot } from './numerics/root.js'
export { compensatedSquares, compensatedSum, logMeanExp, logSumExp } from './numerics/sums.js'
export {
  aucVariance,
  detectableEffect,
  type NestedVariance,
  nestedVariance,
  type Planned,
  powerOf,
  rowsFor,
} from './planning/rows.js'
export { aucInfluence } from './ranks/auc.js'
export { averagePrecisionInfluence } from './ranks/average-precision.js'
export { aucStatistic, newcombeAucInterval } from './ranks/newcombe.js'
export { ascendingOrder, type Order, ordersOfParts } from './ranks/order.js'
export type { Ranked, RankInfluence } from './ranks/ranked.js'
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
