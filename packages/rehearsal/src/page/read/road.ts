import { VERDICTS, type Verdict } from '@sluice/verdict'
import type { RunEvent, StepRecord } from '../../contract.js'
import type { RoadJob, RoadStep } from '../data.js'

/** The road as a rehearsal's events tell it: jobs in the order in which they ended. Pure. */
export function roadOf(events: readonly RunEvent[]): RoadJob[] {
  return events.flatMap((event) =>
    event.kind === 'job-ended'
      ? [
          {
            name: event.name,
            state: event.result.conclusion,
            milliseconds: event.milliseconds,
            steps: event.result.steps.map(stepOf),
          },
        ]
      : [],
  )
}

/** An action of the suite says more than success or failure: its verdict. */
function stepOf({ name, conclusion, milliseconds, outputs }: StepRecord): RoadStep {
  const verdict = VERDICTS.find((known: Verdict) => known === outputs['verdict'])
  const headline = outputs['headline']
  return {
    name,
    state: verdict ?? conclusion,
    milliseconds,
    ...(headline === undefined ? {} : { headline }),
  }
}
