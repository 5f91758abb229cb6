import { loadSection } from '@sluice/config'
import { isSluiceError } from '@sluice/errors'
import { signingSection } from '@sluice/evidence'
import { environmentsSection } from '@sluice/promotion'
import { planOf, type RolloutOutcome, rolloutSection, rolloutStatement, runRollout } from '@sluice/rollout'
import type { Context } from '@sluice/toolkit'
import type { Result, Statement } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { refusal, report } from './report.js'
import { settingsOf } from './settings.js'
import { openMetrics, openTraffic } from './sources.js'
import { type Appended, type Standing, standingOf } from './standing.js'

/**
 * Moves traffic to the subject step by step and compares it with what serves, until it is promoted, rolled back or
 * held; then leaves a signed record. Whatever can be wrong is found before the first weight moves.
 */
export async function canary(inputs: Inputs, context: Context): Promise<Result> {
  const { workspace } = context
  const settings = settingsOf(await loadSection(workspace, inputs.config, rolloutSection), inputs)
  const environments = await loadSection(workspace, inputs.config, environmentsSection)
  const signing = await loadSection(workspace, inputs.config, signingSection)
  const plan = planOf(settings)
  const traffic = await openTraffic(settings, context)
  const metrics = openMetrics(settings, inputs.prometheusToken, context)
  const standing = await standingOf(inputs, environments, signing, context)
  if (standing.obstacles.length > 0) return refusal(standing)

  const outcome = await runRollout({
    plan,
    traffic,
    metrics,
    clock: context.clock,
    signal: context.signal,
    log: context.log.info,
  })
  return report(outcome, standing, await keep(outcome, standing))
}

/** Where the record went: into the ledger, or, unsigned, to whoever signs it. */
export type Kept =
  | ({ readonly kind: 'ledger' } & Appended)
  | {
      readonly kind: 'statement'
      readonly statement: Statement
      readonly lost?: { code: string; message: string }
    }

/** Traffic has moved by now, so a record that cannot be written is reported, not thrown. */
async function keep(outcome: RolloutOutcome, { frame, append }: Standing): Promise<Kept> {
  const statement = rolloutStatement(outcome, frame)
  if (append === undefined) return { kind: 'statement', statement }
  try {
    return { kind: 'ledger', ...(await append(outcome)) }
  } catch (error) {
    const lost = isSluiceError(error)
      ? { code: error.code, message: error.message }
      : { code: 'UNEXPECTED', message: 'an unforeseen fault' }
    return { kind: 'statement', statement, lost }
  }
}
