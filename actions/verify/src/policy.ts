import { createHash } from 'node:crypto'
import { canonicalJson, type Json, publicTrustRootBytes } from '@sluice/evidence'
import { type Context, commonInputs, kebab } from '@sluice/toolkit'
import { predicateType } from '@sluice/verdict'
import type { Inputs } from './action.js'

/** What the policy of a summary is called (docs/predicates/verification-summary.md). */
export const POLICY_URI = predicateType('verify-policy')

/** Inputs that say what to look at and where, not what it must be like. */
const ASIDE = new Set([
  ...Object.keys(commonInputs),
  'subject',
  'path',
  'files',
  'store',
  'bundles',
  'resourceUri',
])
/** Inputs that name a file; the policy holds the digest of its bytes, so that another file is another policy. */
const MATERIAL = ['key', 'trustedRoot', 'certificateAuthority', 'timestampAuthority'] as const
const MATERIAL_LIMIT = 4 * 1024 * 1024

/** Whether an input belongs to the policy, and whether it is there by the digest of a file. */
export function policyInput(key: string): 'value' | 'material' | undefined {
  if (ASIDE.has(key)) return undefined
  return (MATERIAL as readonly string[]).includes(key) ? 'material' : 'value'
}

/** What was asked for, in its one spelling. */
export interface Policy {
  /** Canonical JSON: inputs by the names that users write, files as `{"sha256": …}`. */
  readonly text: string
  /** Lower-case hex. */
  readonly sha256: string
  /** The bytes behind each digest, by input. */
  readonly material: ReadonlyMap<string, Uint8Array>
}

/** The policy of a run: its inputs, with what sluice.yaml and defaults filled in. */
export async function policyOf(
  inputs: Inputs,
  resolved: Pick<Inputs, 'predicateTypes' | 'ignore' | 'trustedRoot'> & { readonly lineage?: Json },
  context: Context,
): Promise<Policy> {
  const asked: Readonly<Record<string, unknown>> = { ...inputs, ...resolved }
  const material = new Map<string, Uint8Array>()
  for (const name of MATERIAL) {
    const place = asked[name]
    if (typeof place === 'string') material.set(name, await bytesAt(place, context))
  }
  const isPublic = !MATERIAL.some((name) => material.has(name))
  if (isPublic) material.set('trustedRoot', await publicTrustRootBytes())
  const members = Object.entries(asked)
    .filter(([name]) => policyInput(name) === 'value')
    .map(([name, value]): [string, Json] => [kebab(name), value as Json])
  const digests = [...material].map(([name, bytes]): [string, Json] => [
    kebab(name),
    { sha256: sha256(bytes) },
  ])
  const text = canonicalJson(Object.fromEntries([...members, ...digests]))
  return { text, sha256: sha256(Buffer.from(text)), material }
}

async function bytesAt(place: string, context: Context): Promise<Uint8Array> {
  if (!place.startsWith('env://')) return await context.workspace.read(place, MATERIAL_LIMIT)
  return Buffer.from(context.variable(place.slice('env://'.length)) ?? '')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
