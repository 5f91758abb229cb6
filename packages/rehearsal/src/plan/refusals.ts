import { SluiceError } from '@sluice/errors'
import type { Place } from '../contract.js'

export function where({ file, line }: Place): string {
  return `${file}:${line}`
}

/** What GitHub would not start either. */
export function invalid(place: Place, what: string, remedy: string, cause?: unknown): SluiceError {
  return new SluiceError('WORKFLOW_INVALID', `${where(place)}: ${what}`, { remedy, at: place, cause })
}

/** What GitHub does and a rehearsal does not: refused before anything runs, never skipped. */
export function unsupported(place: Place, what: string, remedy: string): SluiceError {
  return new SluiceError('REHEARSAL_UNSUPPORTED', `${where(place)}: a rehearsal does not do ${what}.`, {
    remedy,
    at: place,
  })
}

/** Runs `work`, and gives the errors that know no place this one. */
export function at<T>(place: Place, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw placed(error, place)
  }
}

/** The error with its place in front: its own where it knows one, this one otherwise. */
export function placed(error: unknown, place: Place): unknown {
  if (!(error instanceof SluiceError)) return error
  const found = error.at ?? place
  const shown = found.line === undefined ? found.file : `${found.file}:${found.line}`
  if (error.message.startsWith(`${shown}:`)) return error
  return new SluiceError(error.code, `${shown}: ${error.message}`, {
    remedy: error.remedy,
    kind: error.kind,
    cause: error,
    at: found,
  })
}
