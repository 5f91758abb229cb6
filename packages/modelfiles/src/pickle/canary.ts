import { SluiceError } from '@sluice/errors'
import { LIMITS } from '../limits.js'
import type { PicklePolicy } from './policy.js'
import { readPickles } from './read-pickles.js'

// `os.getcwd()`, protocol 0: harmless if it were loaded, and to be refused by every policy.
const CANARY = new TextEncoder().encode('cos\ngetcwd\n(tR.')

/**
 * Proves that the machine and the policy at hand refuse a call, before their silence about a model counts.
 * @throws SluiceError MODEL_SCAN_BLIND when they do not
 */
export function proveDenial(policy: PicklePolicy): void {
  const { issues, calls } = readPickles(CANARY, policy, LIMITS)
  if (calls === 1 && issues.some((issue) => issue.level === 'error' && issue.global === 'os.getcwd')) return
  throw new SluiceError('MODEL_SCAN_BLIND', 'A pickle that calls os.getcwd passed the policy; it must not.', {
    remedy: 'Remove the entry for `os` from `scan.models.allow`.',
  })
}
