import { isSluiceError } from '@sluice/errors'
import type { Annotation, JobResult, Place } from '../contract.js'

/** A job that ended before its first step: the error as GitHub shows it, at the step that sets the job up. */
export function failedJob(error: unknown, place: Place): JobResult {
  return endedJob('failure', 'error', messageOf(error), place)
}

/** A job that ended before its first step for a reason. */
export function endedJob(
  conclusion: 'failure' | 'cancelled',
  level: Annotation['level'],
  message: string,
  place: Place,
): JobResult {
  return {
    conclusion,
    outputs: {},
    steps: [
      {
        name: 'Set up job',
        outcome: conclusion,
        conclusion,
        milliseconds: 0,
        outputs: {},
        summary: '',
        annotations: [{ level, message, file: place.file, line: place.line }],
      },
    ],
  }
}

function messageOf(error: unknown): string {
  if (isSluiceError(error)) return `${error.code}: ${error.message} ${error.remedy}`
  return error instanceof Error ? error.message : String(error)
}
