import { picklePolicy } from '../src/pickle/policy.js'

/** The policy of an empty sluice.yaml. */
export const POLICY = picklePolicy(
  { profiles: ['python', 'numpy', 'joblib', 'torch'], allow: [] },
  '2026-03-03',
)

/** Bytes of a pickle, written as Latin-1 with escapes. */
export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** `os.getcwd()`, protocol 0: harmless, and to be refused. */
export const CALL = bytes('cos\ngetcwd\n(tR.')

/** The same with STACK_GLOBAL, protocol 4. */
export const CALL4 = bytes('\x80\x04\x8c\x02os\x8c\x06getcwd\x93)R.')

/** `{'a': 1}`, protocol 2. */
export const HARMLESS = bytes('\x80\x02}U\x01aK\x01s.')

/** A short counted text, protocol 4. */
export function text4(text: string): string {
  return `\x8c${String.fromCharCode(text.length)}${text}`
}
