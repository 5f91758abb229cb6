import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseFlight } from '../src/flight.js'
import { loadModel } from '../src/model.js'
import { score } from '../src/score.js'

// Held-out flights with the scores that training wrote into data/holdout.parquet (train/report.py).
const file = new URL('./holdout-sample.json', import.meta.url)
const sample = JSON.parse(readFileSync(file, 'utf8')) as Record<
  'champion' | 'candidate' | 'regressed',
  number
>[]

const folder = (name: string) => fileURLToPath(new URL(`../../models/${name}`, import.meta.url))

describe('a model scores held-out flights as training did', () => {
  test.each(['champion', 'candidate', 'regressed'] as const)('%s, to a millionth', async (name) => {
    const model = await loadModel(folder(name))
    expect(sample).toHaveLength(50)
    for (const row of sample) expect(Math.abs(score(model, parseFlight(row)) - row[name])).toBeLessThan(1e-6)
  })

  test('an airport that training never saw still has a score', async () => {
    const model = await loadModel(folder('candidate'))
    const flight = parseFlight({ date: '2001-06-25T14:35', origin: 'ZZZ', destination: 'ORD', distance: 700 })
    expect(score(model, flight)).toBeGreaterThan(0)
    expect(score(model, flight)).toBeLessThan(1)
  })
})
