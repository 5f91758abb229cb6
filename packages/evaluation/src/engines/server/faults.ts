import { SluiceError } from '@sluice/errors'
import { shortened } from '../../report/shortened.js'

/** Longest piece of an engine's own words that an error shows. */
const WORDS = 300

/** What a server engine's errors need to know: its name, and what may never be shown. */
export interface Faults {
  /** The engine understood and said no, or gave up. */
  failed(words: string): SluiceError
  /** The engine did not take the credentials. */
  refused(status: number, words?: string): SluiceError
  unreachable(what: string, cause?: unknown): SluiceError
  late(what: string): SluiceError
  tooLarge(what: string): SluiceError
  malformed(what: string): SluiceError
  elsewhere(host: string): SluiceError
}

/**
 * @param host as errors name it
 * @param secrets what is struck out of an engine's words, should it repeat them
 */
export function faultsOf(engine: string, host: string, secrets: readonly string[]): Faults {
  const fault = (code: string, message: string, remedy: string, cause?: unknown) =>
    new SluiceError(code, message, {
      remedy,
      kind: 'surroundings',
      ...(cause === undefined ? {} : { cause }),
    })
  return {
    failed: (words) =>
      fault(
        'ENGINE_FAILED',
        `${engine} could not run a statement: ${shown(words, secrets)}`,
        'Look at the columns, the table and the permissions that the message names.',
      ),
    refused: (status, words) =>
      fault(
        'ENGINE_REFUSED',
        `${engine} at ${host} answered ${status}: ${words === undefined ? 'it did not take the credentials, or they may not do this.' : shown(words, secrets)}`,
        'Check `engine-user` and `engine-password`, whether a token has expired, and what the user may do; docs/engines.md lists what is needed.',
      ),
    unreachable: (what, cause) =>
      fault(
        'ENGINE_UNREACHABLE',
        `${engine} at ${host} ${what}.`,
        'Check `engine-url`, and that this machine may reach it; then run again.',
        cause,
      ),
    late: (what) =>
      fault(
        'ENGINE_TIMEOUT',
        `${engine} at ${host} ${what}.`,
        'Check that the engine is not overloaded; read fewer columns or slices.',
      ),
    tooLarge: (what) =>
      fault(
        'ENGINE_ANSWER_TOO_LARGE',
        `${engine} answered with more than ${what}.`,
        'Ask for fewer slices, or for slices over columns with fewer values.',
      ),
    malformed: (what) =>
      fault(
        'ENGINE_ANSWER_MALFORMED',
        `${engine} at ${host} gave an answer that cannot be read: ${shown(what, secrets)}`,
        'Check that `engine-url` is the address of the engine itself, and no page or proxy before it.',
      ),
    elsewhere: (other) =>
      fault(
        'ENGINE_ELSEWHERE',
        `${engine} at ${host} sends its reader to ${shown(other, secrets)}; credentials go to the named host only.`,
        'Name the address in `engine-url` that the engine itself uses, or let the proxy before it forward host and scheme.',
      ),
  }
}

/** On one line, without secrets and control characters, and short. */
function shown(words: string, secrets: readonly string[]): string {
  let text = words.slice(0, 20 * WORDS)
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '***')
  return shortened(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim(), WORDS)
}
