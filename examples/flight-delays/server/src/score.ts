import type { Flight } from './flight.js'
import type { Model } from './model.js'

/**
 * The probability that a flight arrives 15 minutes late or later:
 * sigmoid(bias + the entry of each term's table at its features' indices, row-major).
 * Terms are added in the order of model.json, as train/modelfile.py adds them.
 */
export function score(model: Model, flight: Flight): number {
  let logit = model.bias
  for (const { features, table } of model.terms) {
    let place = 0
    for (const feature of features) place = place * feature.size + feature.indexOf(flight)
    logit += table[place]!
  }
  return 1 / (1 + Math.exp(-logit))
}
