import type { Calibration } from './calibration.js'
import { type Coverage, METRIC_NAMES } from './coverage.js'
import type { DriftCoverage } from './drift.js'
import type { FoundSlices } from './found-slices.js'
import { CORRECTIONS, type ManySlices, SLICES } from './many-slices.js'
import { RULES, type RulesOfOthers } from './rules-of-others.js'

/** Worlds and metrics in which a method is known to fall outside 93 to 97 %, and what the gate does about it. */
const EXCEPTIONS: readonly {
  readonly applies: (one: Coverage) => boolean
  readonly because: string
}[] = [
  {
    applies: ({ metric }) => metric === 'ece',
    because:
      'The bounds of the calibration error hold from perfect calibration to none, which makes them wider than 95 % where the truth is near 0 (below). A difference of two is wider still: neither model’s bias may pass for a difference, and an equal model passes less often than a plan from many rows says.',
  },
  {
    applies: ({ metric, world }) => metric === 'auc' && fewPositives(world),
    because:
      'One AUC with fewer than 200 rows of the rarer class takes the wider of two intervals, DeLong’s on the logit scale and Newcombe’s score: it holds the truth in 96 to 99 %, where DeLong’s alone holds it in 77 to 94 %.',
  },
  {
    applies: ({ metric, world }) => ['precision', 'f1'].includes(metric) && world.prevalence < 0.05,
    because:
      'Ratios of a handful of counts are skewed. Precision decides nothing on fewer than 20 rows predicted positive, F1 on fewer than 50 positive or predicted so; between that and a few hundred its interval holds less than it says.',
  },
]

function fewPositives({ rows, prevalence }: Coverage['world']): boolean {
  return rows * Math.min(prevalence, 1 - prevalence) < 200
}

/** Why nothing is promised here; undefined where it is. */
export function exceptionOf(one: Coverage): string | undefined {
  return EXCEPTIONS.find(({ applies }) => applies(one))?.because
}

/** docs/methods/simulation.md */
export function page(
  covered: readonly Coverage[],
  others: readonly RulesOfOthers[],
  slices: readonly ManySlices[],
  calibrated: readonly Calibration[],
  found: readonly FoundSlices[],
  drifted: readonly DriftCoverage[],
): string {
  return `# How often the gate is right, by simulation

Written by \`npm run simulations -- --full\`; the same seeds in a smaller number of runs are held by \`npm run simulations\`. A share near 95 % seen in 10 000 runs is good to ±0.4 points, in 2 000 to ±1, in 200 to ±3.

## Intervals, equal models, planned power

Two models whose scores are probabilities of a known world, so that the truth of every metric is a sum and not an estimate (test/simulation/binormal.ts). *Holds*: the 95 % interval of one model's value holds the truth; of the difference of two equal models, 0; promised 93 to 97. *Blocked*: an equal candidate is shown worse; at most 2.5. *Passes*: an equal candidate is shown to lose less than the margin that the planner gives for these rows at a power of 80 %. Runs in which the gate would decide nothing (fewer than 10 rows of a class, too few counts) are left out; their share is in the last column.

${table(
  ['World', 'Metric', 'Holds', 'Difference holds', 'Blocked', 'Passes', 'Runs', 'Note'],
  covered
    .filter(({ runs }) => runs > 0)
    .map((one) => {
      const { world, metric, runs, covers, coversDifference, blocked, passed, tried } = one
      const note = EXCEPTIONS.findIndex(({ applies }) => applies(one))
      const share = (count: number) => percent(count / runs)
      return [
        world.name,
        metric,
        share(covers),
        share(coversDifference),
        share(blocked),
        share(passed),
        runs === tried ? String(runs) : `${runs} of ${tried}`,
        note === -1 ? '' : `[${note + 1}]`,
      ]
    }),
)}

${EXCEPTIONS.map(({ because }, i) => `[${i + 1}] ${because}`).join('\n\n')}

${outside(covered)}

## Calibration error

\`ece\` of scores whose share of positives is known (test/simulation/calibration.ts). *Value* and *interval* are means. *Too low*: the truth lies above the 95 % interval; *too high*: below it; each is promised to be at most 2.5 % on independent rows, whatever the calibration; it is up to 4 % where there are a handful of positives. Clusters are of 20 rows with 30 % of the noise in common.

${calibrationTable(calibrated)}

Ten or twenty-five clusters with a handful of positives are too few for any interval that knows its clusters by their spread alone: there, below the 2 000 rows from which \`ece\` decides, the upper bound is too low more often.

## Drift

Two normal populations, the second shifted by so many standard deviations (test/simulation/drift.ts); clusters are of 10 rows with 30 % of the noise in common. *Raw* is the measure as it is usually given, *freed* the same without its bias. *Too low* and *too high*, as above, are promised to be at most 2.5 % each on independent rows; with clusters, whose own spread says in which direction it is largest, one of them is up to 5 %. Twenty runs say little: they are good to ±5 points.

${driftTable(drifted)}

## Beside the rules that others use

Accuracy of two models that disagree on one row in ten; one-sided 5 %. The first figure of each cell is how often an equally good model is blocked, the second how often one that lost two points gets through. An unpaired test throws away that both models saw the same rows: it hardly blocks the good one, and lets the bad one through far more often.

${table(
  ['Rule', ...others.map(({ rows }) => `${rows} rows`)],
  Object.entries(RULES).map(([text, rule]) => [
    text,
    ...others.map(({ equal, worse }) => `${percent(equal[rule])} / ${percent(1 - worse[rule])}`),
  ]),
)}

No rule of two verdicts is right on few rows. So the gate has three: shown, shown not to be, and not yet known with the rows that would tell.

## Fifty slices

AUC on ${SLICES} slices of 300 rows, one-sided 5 %. *False*: mean share, among the slices called worse, of those that are not. *Any*: runs in which a good slice is called worse. *Found*: share of the worse slices that are called so.

${table(
  ['Correction', ...slices.flatMap(({ worse }) => [`${worse} worse: false`, 'any', 'found'])],
  (Object.keys(CORRECTIONS) as (keyof typeof CORRECTIONS)[]).map((name) => [
    name,
    ...slices.flatMap(({ falseShare, anyFalse, found, worse }) => [
      percent(falseShare[name]),
      percent(anyFalse[name]),
      worse === 0 ? '' : percent(found[name]),
    ]),
  ]),
)}

"Shown good on every slice" needs no correction: each slice has to be shown, which is harder than showing one.

${foundSection(found)}
`
}

export function driftTable(drifted: readonly DriftCoverage[]): string {
  return table(
    [
      'Measure',
      'Rows a side',
      'Clusters',
      'Shift',
      'Truth',
      'Raw',
      'Freed',
      'Interval',
      'Too low',
      'Too high',
      'Runs',
    ],
    drifted.map((one) => [
      one.measure,
      String(one.rows),
      one.clustered ? String(one.rows / 10) : '',
      String(one.shift),
      one.truth.toFixed(3),
      one.raw.toFixed(3),
      one.value.toFixed(3),
      `${one.low.toFixed(3)} to ${one.high.toFixed(3)}`,
      percent(one.above / one.runs),
      percent(one.below / one.runs),
      String(one.runs),
    ]),
  )
}

export function calibrationTable(calibrated: readonly Calibration[]): string {
  return table(
    ['Rows', 'Scores', 'Wrong', 'Truth', 'Value', 'Interval', 'Too low', 'Too high', 'In clusters', 'Runs'],
    calibrated
      .filter(({ clustered }) => !clustered)
      .map((one) => {
        const { above, below, high, low, rows, runs, scores, truth, value, wrong } = one
        const grouped = calibrated.find(
          (other) =>
            other.clustered && other.rows === rows && other.scores === scores && other.wrong === wrong,
        )
        const share = (count: number) => percent(count / runs)
        return [
          String(rows),
          scores,
          wrong,
          truth.toFixed(4),
          value.toFixed(4),
          `${low.toFixed(4)} to ${high.toFixed(4)}`,
          share(above),
          share(below),
          grouped === undefined ? '' : `${share(grouped.above)} / ${share(grouped.below)}`,
          String(runs),
        ]
      }),
  )
}

/** What docs/decisions/0022 rests on. */
export function foundSection(found: readonly FoundSlices[]): string {
  return `## Slices that are found

6 000 rows with four columns of five values and one of numbers, none of which has to do with the models; the ten worst slices of up to two columns are looked for ([slices](slices.md)) and tested against a margin of 0, one-sided 2.5 %, Holm. *Blocked*: a slice of two equal models is called worse. *Found*: on one row in 25, of two values together, the candidate has lost most of its skill, and that very slice is called worse.

${table(
  ['Metric', 'Blocked, tested on the other half', 'Blocked, tested where they were found', 'Found', 'Runs'],
  found.map(({ metric, blocked, blockedWhereFound, found: share, runs }) => [
    metric,
    percent(blocked),
    percent(blockedWhereFound),
    percent(share),
    String(runs),
  ]),
)}

The correction is for the ten that are tested, and not for the hundreds that they are the worst of: without the other half, a search is no test.`
}

/** Says in figures what is not within the promise, whatever its reason. */
function outside(covered: readonly Coverage[]): string {
  const decided = covered.filter(({ runs }) => runs > 0)
  const within = decided.filter(({ runs, covers, coversDifference }) =>
    [covers, coversDifference].every((count) => count / runs >= 0.93 && count / runs <= 0.97),
  )
  const metrics = METRIC_NAMES.filter((metric) =>
    decided.some((one) => one.metric === metric && exceptionOf(one) === undefined && !within.includes(one)),
  )
  const rest =
    metrics.length === 0
      ? 'All others are noted above.'
      : `Outside it and not noted above, by less than the error of this simulation or by a little: ${metrics.join(', ')}.`
  return `Of ${decided.length} pairs of world and metric, ${within.length} hold both intervals within 93 to 97 %. ${rest}`
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
