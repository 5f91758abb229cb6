import { nearest, SluiceError } from '@sluice/errors'
import { formatReference, parseReference } from '@sluice/oci'
import type { Environment, Environments } from './section.js'

/** An environment with its name. */
export interface NamedEnvironment extends Environment {
  readonly name: string
  /** As sluice.yaml has it, or where it is without that. */
  readonly ledger: string
}

/** @throws SluiceError ENVIRONMENT_UNKNOWN */
export function environmentOf(environments: Environments, name: string): NamedEnvironment {
  const found = Object.hasOwn(environments, name) ? environments[name] : undefined
  if (found !== undefined) return { ...found, name, ledger: found.ledger ?? ledgerBeside(found.target) }
  const known = Object.keys(environments)
  const near = nearest(name, known)
  throw new SluiceError(
    'ENVIRONMENT_UNKNOWN',
    `sluice.yaml declares no environment \`${name.slice(0, 100)}\`.`,
    {
      remedy: near
        ? `Did you mean \`${near}\`?`
        : `Declare it under \`environments\`${known.length > 0 ? `, or name one of ${known.join(', ')}` : ''}.`,
    },
  )
}

/**
 * The environment that `to` is promoted from, or undefined for a first stage.
 * @param from what the caller named; must be the one that sluice.yaml declares
 * @throws SluiceError ENVIRONMENT_UNKNOWN, PROMOTION_FROM
 */
export function stageBefore(
  environments: Environments,
  to: NamedEnvironment,
  from: string | undefined,
): NamedEnvironment | undefined {
  const declared = to.promotesFrom
  if (from !== undefined && from !== declared) {
    const expected = declared === undefined ? 'is a first stage' : `promotes from \`${declared}\``
    throw new SluiceError(
      'PROMOTION_FROM',
      `\`${to.name}\` ${expected}, not from \`${from.slice(0, 100)}\`.`,
      {
        remedy: 'Leave `from` out, or change `promotesFrom` in sluice.yaml.',
      },
    )
  }
  if (declared === to.name) {
    throw new SluiceError('PROMOTION_FROM', `\`${to.name}\` promotes from itself.`, {
      remedy: 'Name the stage before it in `promotesFrom`.',
    })
  }
  return declared === undefined ? undefined : environmentOf(environments, declared)
}

/**
 * Where records are kept when sluice.yaml does not say: in the target repository, which every job of a workflow can
 * reach, while a folder is gone with its runner; beside a layout, which is a folder itself.
 */
function ledgerBeside(target: string): string {
  const reference = parseReference(target)
  if (reference.kind !== 'registry') return '.sluice/ledger'
  const { kind, host, repository } = reference
  return `oci://${formatReference({ kind, host, repository })}`
}
