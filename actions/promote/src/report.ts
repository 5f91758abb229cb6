import type { CopyReport } from '@sluice/oci'
import { type NamedEnvironment, type Ruling, rulingFindings, type Stage } from '@sluice/promotion'
import { type Finding, fingerprint, type TableSection } from '@sluice/verdict'

/** All that keeps a subject out of an environment. */
export function obstacles(
  rulings: readonly Ruling[],
  notPromoted: string | undefined,
  digest: string,
  to: NamedEnvironment,
): Finding[] {
  const found = rulingFindings('promote', rulings, digest, to)
  if (notPromoted === undefined) return found
  const skipped: Finding = {
    rule: 'promote/stage-skipped',
    level: 'error',
    message: `\`${to.name}\` promotes from \`${to.promotesFrom}\`, but of ${digest} the ledger says: ${notPromoted}.`,
    fingerprint: fingerprint('promote/stage-skipped', to.name, digest),
    remedy: `Promote it to \`${to.promotesFrom}\` first.`,
  }
  return [skipped, ...found]
}

/** The tag named something that no record of the ledger put there. */
export function unexplainedTag({ repository, tag, environment }: Stage, found: string): Finding {
  return {
    rule: 'promote/tag-unexplained',
    level: 'warning',
    message: `The tag ${tag} of ${repository.name} named ${found}, which no record of \`${environment.name}\` put there.`,
    fingerprint: fingerprint('promote/tag-unexplained', environment.name, found),
    remedy:
      'Find out who moved it: records may have been removed from the ledger, or somebody pushed by hand.',
  }
}

export function copyTable({ bytes, items, verified }: CopyReport): TableSection {
  const of = (action: string) => String(items.filter((item) => item.action === action).length)
  return {
    kind: 'table',
    title: 'Copied by digest',
    columns: ['', 'Objects', 'Bytes'],
    rows: [
      ['copied', of('copied'), String(bytes.copied)],
      ['mounted', of('mounted'), String(bytes.mounted)],
      ['already there', of('present'), String(bytes.present)],
      ['read back and hashed', String(verified.manifests + verified.blobs), String(verified.bytes)],
    ],
  }
}
