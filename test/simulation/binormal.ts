import type { View } from '@sluice/evaluation'
import { normalCdf, normalDensity } from '@sluice/statistics'
import type { Random } from './random.js'

/**
 * A world whose truth is known without sampling: a row is positive with probability `prevalence`; a model sees
 * x = skill·y + noise, and its score is the probability of y given x, bent by `slope` on the logit scale.
 */
export interface World {
  readonly name: string
  readonly rows: number
  readonly prevalence: number
  readonly skill: number
  /** 1 is calibrated; above, overconfident. */
  readonly slope: number
  /** Correlation of the two models' noise. */
  readonly shared: number
  /** Rows a cluster, and the share of the noise that a cluster has in common. */
  readonly clusters?: { readonly size: number; readonly share: number }
  /** Width of the cells that x is rounded to: ties. */
  readonly cells?: number
}

export interface Sample {
  readonly candidate: View
  readonly champion: View
}

/** @param skill the candidate's; the champion has the world's */
export function sample(world: World, random: Random, skill = world.skill): Sample {
  const { rows, prevalence, clusters } = world
  const labels = new Int32Array(rows)
  const [ours, theirs] = [new Float64Array(rows), new Float64Array(rows)]
  const common = Math.sqrt(world.shared)
  const own = Math.sqrt(1 - world.shared)
  const [between, within] =
    clusters === undefined ? [0, 1] : [Math.sqrt(clusters.share), Math.sqrt(1 - clusters.share)]
  let [clusterOurs, clusterTheirs] = [0, 0]
  for (let row = 0; row < rows; row++) {
    if (clusters !== undefined && row % clusters.size === 0) {
      const both = random.normal()
      clusterOurs = common * both + own * random.normal()
      clusterTheirs = common * both + own * random.normal()
    }
    const label = random.uniform() < prevalence ? 1 : 0
    labels[row] = label
    const both = random.normal()
    const first = between * clusterOurs + within * (common * both + own * random.normal())
    const second = between * clusterTheirs + within * (common * both + own * random.normal())
    ours[row] = scoreOf(world, skill, cellOf(world, skill * label + first))
    theirs[row] = scoreOf(world, world.skill, cellOf(world, world.skill * label + second))
  }
  const base = { rows, labels, classes: ['0', '1'], threshold: 0.5 }
  const grouped =
    clusters === undefined
      ? base
      : {
          ...base,
          clusters: {
            of: labels.map((_, row) => Math.floor(row / clusters.size)),
            count: Math.ceil(rows / clusters.size),
          },
        }
  return { candidate: { ...grouped, scores: [ours] }, champion: { ...grouped, scores: [theirs] } }
}

function cellOf({ cells }: World, x: number): number {
  return cells === undefined ? x : Math.round(x / cells) * cells
}

function scoreOf({ prevalence, slope }: World, skill: number, x: number): number {
  const logit = Math.log(prevalence / (1 - prevalence)) + skill * (x - skill / 2)
  return 1 / (1 + Math.exp(-slope * logit))
}

const BINS = 15

/** The true value of each metric, by sums over fine cells of x (or over the world's own, where it has ties). */
export function truth(world: World): Record<string, number> {
  const { prevalence, skill } = world
  const width = world.cells ?? 0.0005
  const cells: { p: number; positive: number; negative: number }[] = []
  for (let i = Math.floor(-9 / width); i <= Math.ceil((9 + skill) / width); i++) {
    const x = i * width
    const mass = (mean: number) =>
      world.cells === undefined
        ? normalDensity(x - mean) * width
        : normalCdf(x + width / 2 - mean) - normalCdf(x - width / 2 - mean)
    cells.push({
      p: scoreOf(world, skill, x),
      positive: prevalence * mass(skill),
      negative: (1 - prevalence) * mass(0),
    })
  }
  let [won, below, logLoss, brier, right, hits, called, precision] = [0, 0, 0, 0, 0, 0, 0, 0]
  const gaps = new Float64Array(BINS)
  for (const { p, positive, negative } of cells) {
    won += positive * (below + negative / 2)
    below += negative
    logLoss -= positive * Math.log(p) + negative * Math.log1p(-p)
    brier += positive * (1 - p) ** 2 + negative * p ** 2
    right += p >= 0.5 ? positive : negative
    if (p >= 0.5) {
      hits += positive
      called += positive + negative
    }
    gaps[Math.max(0, Math.ceil(p * BINS) - 1)]! += p * (positive + negative) - positive
  }
  let [above, all] = [0, 0]
  for (const { positive, negative } of cells.reverse()) {
    // The middle of the cell, where it stands for what lies within; all of it where it is one score.
    const part = world.cells === undefined ? 0.5 : 1
    precision +=
      positive * ((above + part * positive) / (all + part * (positive + negative) || Number.MIN_VALUE))
    above += positive
    all += positive + negative
  }
  return {
    auc: won / (prevalence * (1 - prevalence)),
    average_precision: precision / prevalence,
    log_loss: logLoss,
    brier,
    accuracy: right,
    recall: hits / prevalence,
    precision: hits / called,
    f1: (2 * hits) / (prevalence + called),
    ece: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0),
  }
}
