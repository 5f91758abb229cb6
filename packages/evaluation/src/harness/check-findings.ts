import { type Finding, fingerprint, type Level } from '@sluice/verdict'
import { shortened } from '../report/shortened.js'
import type { HarnessCheck, HarnessResult } from './harness.js'

/** Findings of one file beyond these are counted together. */
const SHOWN = 200

const FAULTS: Record<
  Exclude<HarnessCheck['state'], 'passed'>,
  { readonly rule: string; readonly level: Level; readonly what: string }
> = {
  failed: { rule: 'failed', level: 'error', what: 'failed' },
  // A check that broke down has let nothing through.
  errored: { rule: 'broken', level: 'error', what: 'broke down' },
  skipped: { rule: 'skipped', level: 'unknown', what: 'was skipped' },
}

/**
 * What a tool's own checks come to: each that failed, broke down or was skipped, and each reason not to trust the file.
 * A file without a check decides nothing.
 */
export function checkFindings(file: string, { checks, refusals, tool }: HarnessResult): Finding[] {
  const findings = refusals.map((because) => refused(file, tool, because))
  if (checks.length === 0 && refusals.length === 0) {
    findings.push({
      rule: 'checks/none',
      level: 'unknown',
      message: `${file} of ${tool} holds no check.`,
      remedy: 'Give the file with the results of the checks.',
      fingerprint: fingerprint('checks/none', file),
      waivable: false,
    })
  }
  const bad = checks.filter(
    (one): one is HarnessCheck & { state: keyof typeof FAULTS } => one.state !== 'passed',
  )
  findings.push(...bad.slice(0, SHOWN).map((one) => fault(file, tool, one)))
  if (bad.length > SHOWN) findings.push(refused(file, tool, `${bad.length - SHOWN} more checks did not pass`))
  return findings
}

function fault(
  file: string,
  tool: string,
  { message, name, state }: HarnessCheck & { state: keyof typeof FAULTS },
): Finding {
  const { level, rule, what } = FAULTS[state]
  const why = message === '' ? '' : `: ${shortened(message, 200)}`
  return {
    rule: `checks/${rule}`,
    level,
    message: `${tool}: ${shortened(name, 160)} ${what}${why}.`,
    location: { file },
    remedy: state === 'skipped' ? 'Let the check run, or take it out.' : 'Mend what the check found.',
    fingerprint: fingerprint(`checks/${rule}`, tool, name),
  }
}

function refused(file: string, tool: string, because: string): Finding {
  return {
    rule: 'checks/refused',
    level: 'error',
    message: `${file} of ${tool} is not to be trusted: ${shortened(because, 200)}.`,
    remedy: 'Run it whole, and give what it wrote then.',
    fingerprint: fingerprint('checks/refused', tool, because),
    waivable: false,
  }
}
