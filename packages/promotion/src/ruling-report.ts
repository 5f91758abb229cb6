import { type Finding, fingerprint, type TableSection } from '@sluice/verdict'
import type { NamedEnvironment } from './environment.js'
import type { Ruling, Shortfall } from './policy/policy.js'

const REMEDIES: Readonly<Record<Shortfall, string>> = {
  missing: 'Run the check on this digest, sign what it wrote, and keep it where `store` looks.',
  refused: 'Sign with the signer that `requires` names, about this digest, and within `maxAge`.',
  'condition-false': 'Mend what the check found, and run it again; or change `when` under review.',
  'condition-error': 'Correct `when`, or sign evidence that has the members it names.',
}

/** A finding for each requirement that is not met. Pure. */
export function rulingFindings(
  action: string,
  rulings: readonly Ruling[],
  subject: string,
  { name }: NamedEnvironment,
): Finding[] {
  return rulings.flatMap((ruling) => {
    if (ruling.state === 'met') return []
    const { requirement, shortfall, code, detail } = ruling
    const why = code === undefined ? detail : `${code}: ${detail}`
    return [
      {
        rule: `${action}/evidence-${shortfall}`,
        level: 'error' as const,
        message: `\`${name}\` requires ${requirement}: ${why}`,
        fingerprint: fingerprint(`${action}/evidence-${shortfall}`, name, subject, requirement),
        remedy: REMEDIES[shortfall],
      },
    ]
  })
}

/** The requirements of an environment and what became of each. Pure. */
export function rulingTable(rulings: readonly Ruling[]): TableSection {
  const rows = rulings.map((ruling) =>
    ruling.state === 'met'
      ? [ruling.requirement, 'met', ruling.by.signer, ruling.by.signedAt ?? 'no time', ruling.by.bundle]
      : [ruling.requirement, ruling.code ?? ruling.shortfall, '', '', ''],
  )
  return {
    kind: 'table',
    title: 'Evidence required',
    columns: ['Requirement', 'Result', 'Signed by', 'Signed at', 'Bundle'],
    rows,
    open: true,
  }
}
