import { SluiceError } from '@sluice/errors'
import type { EvaluatedInput, Examination, Summary } from '@sluice/evaluation'
import type { Opened } from './sources/open-source.js'

/** An examination, and the files it is of. */
export interface Evaluated {
  readonly examination: Examination
  readonly inputs: readonly EvaluatedInput[]
}

/** A file as evidence names it, with what was read of it. */
export function described(
  role: EvaluatedInput['role'],
  { name, sha256, pinned, conditions }: Omit<Opened, 'take'>,
  columns: readonly string[],
): EvaluatedInput {
  return {
    role,
    name,
    sha256,
    columns,
    ...(pinned === undefined ? {} : { source: pinned }),
    ...(conditions === undefined ? {} : { conditions }),
  }
}

export function conditionsOf(summary: Summary | undefined): Pick<Opened, 'conditions'> {
  return summary?.conditions === undefined ? {} : { conditions: summary.conditions }
}

/** Why two files cannot be of two models. */
export const SAME_CONTENT = 'have the same content'

export function sameModel(candidate: Opened, champion: Opened, how: string): SluiceError {
  return new SluiceError(
    'CHAMPION_IS_CANDIDATE',
    `${candidate.name} and ${champion.name} ${how}: the model is compared with itself.`,
    { remedy: "Give the champion's own." },
  )
}
