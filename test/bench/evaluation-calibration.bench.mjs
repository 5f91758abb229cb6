// How honest the gate's decisions are, by simulation: how often a 95 % interval holds the truth, how often an
// equal candidate is shown worse (promised: at most 2.5 %), and how often a worse one is. Fixed seeds: the same
// table on every machine. The truth of each metric is its value on a large sample.
import { METRICS } from '../../packages/evaluation/lib/index.js'

const RUNS = 1000
const NAMES = [
  'auc',
  'average_precision',
  'log_loss',
  'brier',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'ece',
]
const random = generator(20261125)

console.log(
  `rows  positives  metric              covers  equal blocked  worse blocked   (${RUNS} runs, ece ${RUNS / 10})`,
)
for (const [rows, share] of [
  [200, 0.3],
  [500, 0.1],
  [2000, 0.3],
]) {
  const truth = Object.fromEntries(
    NAMES.map((name) => [name, measure(name, models(200_000, share).equal)?.value]),
  )
  for (const name of NAMES) {
    const { better } = METRICS[name]
    const runs = name === 'ece' ? RUNS / 10 : RUNS
    const counts = { defined: 0, covers: 0, equal: 0, worse: 0 }
    for (let run = 0; run < runs; run++) {
      const { champion, equal, worse } = models(rows, share)
      const own = measure(name, equal)
      const [same, less] = [equal, worse].map((model) => {
        const found = METRICS[name].compare(model, champion)
        return found.state === 'measured' ? found.estimate : undefined
      })
      if (own === undefined || same === undefined || less === undefined) continue
      counts.defined++
      const { low, high } = own.interval(0.95)
      if (low <= truth[name] && truth[name] <= high) counts.covers++
      if (shownWorse(same, better)) counts.equal++
      if (shownWorse(less, better)) counts.worse++
    }
    const percent = (count) => `${((100 * count) / counts.defined).toFixed(1)} %`
    console.log(
      [
        String(rows).padStart(4),
        `${(100 * share).toFixed(0)} %`.padStart(9),
        name.padEnd(18),
        percent(counts.covers).padStart(7),
        percent(counts.equal).padStart(13),
        percent(counts.worse).padStart(13),
      ].join('  '),
    )
  }
}

function measure(name, view) {
  const found = METRICS[name].measure(view)
  return found.state === 'measured' ? found.estimate : undefined
}

function shownWorse(estimate, better) {
  return (better === 'higher' ? estimate.below(0) : estimate.above(0)) <= 0.025
}

/** Two models of equal skill and a worse one, on the same rows; all see part of the same noise. */
function models(rows, share) {
  const labels = new Int32Array(rows)
  const scores = {
    champion: new Float64Array(rows),
    equal: new Float64Array(rows),
    worse: new Float64Array(rows),
  }
  const prior = Math.log(share / (1 - share))
  for (let i = 0; i < rows; i++) {
    labels[i] = random() < share ? 1 : 0
    const common = normal()
    for (const [model, skill] of [
      ['champion', 1.8],
      ['equal', 1.8],
      ['worse', 1.2],
    ]) {
      const evidence = skill * (labels[i] - 0.5) + 0.8 * common + 0.6 * normal()
      scores[model][i] = 1 / (1 + Math.exp(-(prior + 1.6 * evidence)))
    }
  }
  const view = (column) => ({ rows, labels, scores: [column], classes: ['0', '1'], threshold: 0.5 })
  return { champion: view(scores.champion), equal: view(scores.equal), worse: view(scores.worse) }
}

function normal() {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
}

/** Park & Miller 1988. */
function generator(seed) {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
