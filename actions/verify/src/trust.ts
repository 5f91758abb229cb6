import { SluiceError } from '@sluice/errors'
import {
  type Identity,
  identityPattern,
  publicTrustRoot,
  readAuthorities,
  readPublicKey,
  readTimestampAuthority,
  readTrustRoot,
  type SignedBy,
  type SignedByKey,
  type TimeSources,
  type TrustRoot,
} from '@sluice/evidence'
import { type Context, kebab } from '@sluice/toolkit'
import type { Inputs } from './action.js'

const KEY_LIMIT = 1024 * 1024
const TRUST_ROOT_LIMIT = 4 * 1024 * 1024

/**
 * Whose signature counts, from the inputs. What could not be compared with the kind of signer is refused: a policy that
 * is written down and not applied would be worse than none.
 * @throws SluiceError VERIFY_SIGNER, VERIFY_IDENTITY_PATTERN, VERIFY_KEY_UNREADABLE, VERIFY_AUTHORITY_UNREADABLE,
 *   TRUST_ROOT_MALFORMED
 */
export async function signedBy(
  inputs: Inputs,
  trustedRoot: string | undefined,
  context: Context,
): Promise<SignedBy> {
  const identity = identityOf(inputs)
  const { key, certificateAuthority } = inputs
  if ((key === undefined) === (identity === undefined)) {
    throw unusable(
      key === undefined
        ? 'Nobody was named whose signature would count.'
        : 'Both a key and an identity were given.',
    )
  }
  const times = await timeSources(inputs, trustedRoot, context)
  if (identity === undefined) {
    refuseInputs(inputs, [...SOURCE, 'certificateAuthority'], 'an identity')
    const pem = await readPem(key ?? '', context)
    readPublicKey(pem)
    const validFor = periodOf(inputs)
    return { key: pem, ...times, ...(validFor === undefined ? {} : { validFor }) }
  }
  refuseInputs(inputs, ['keyValidFrom', 'keyValidUntil'], '`key`')
  if (certificateAuthority !== undefined) {
    refuseInputs(inputs, SOURCE, 'a certificate of Fulcio')
    const authority = await readPem(certificateAuthority, context)
    await readAuthorities(authority)
    return { authority, identity, ...times }
  }
  refuseInputs(inputs, ['timestampAuthority'], '`key` or `certificate-authority`')
  const source = Object.fromEntries(
    SOURCE.flatMap((name) => (inputs[name] === undefined ? [] : [[name, inputs[name]]])),
  )
  return { identity, issuer: inputs.issuer, trustRoot: await publicTrustRoot(), ...times, ...source }
}

/** Whose word counts for the time: a timestamp authority, or what the trust root names; not both, for one would go unused. */
async function timeSources(
  inputs: Inputs,
  trustedRoot: string | undefined,
  context: Context,
): Promise<TimeSources> {
  const thresholds = { logs: inputs.logThreshold, timestamps: inputs.timestampThreshold }
  if (inputs.timestampAuthority === undefined) {
    const trustRoot = await readRoot(trustedRoot, context)
    return { thresholds, ...(trustRoot === undefined ? {} : { trustRoot }) }
  }
  if (inputs.trustedRoot !== undefined)
    throw unusable(
      'Both `timestamp-authority` and `trusted-root` were given, and one of them vouches for times.',
    )
  const timestampAuthority = await readPem(inputs.timestampAuthority, context)
  await readTimestampAuthority(timestampAuthority)
  return { thresholds, timestampAuthority }
}

/** @throws SluiceError VERIFY_SIGNER */
function periodOf({ keyValidFrom, keyValidUntil }: Inputs): SignedByKey['validFor'] {
  if (keyValidFrom === undefined && keyValidUntil === undefined) return undefined
  const [start, end] = [keyValidFrom, keyValidUntil].map((text) => {
    if (text === undefined) return undefined
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? new Date(text) : undefined
    if (time === undefined || Number.isNaN(time.getTime()))
      throw unusable(`${JSON.stringify(text.slice(0, 100))} is no time such as \`2026-03-03T12:00:00Z\`.`)
    return time
  })
  if (start && end && end < start) throw unusable('`key-valid-until` is before `key-valid-from`.')
  return { ...(start && { start }), ...(end && { end }) }
}

/** Inputs that are compared with what Fulcio certifies of a run. */
const SOURCE = ['repository', 'ref', 'commit', 'signerWorkflowDigest', 'runner'] as const

function identityOf({ identity, identityPattern: pattern }: Inputs): Identity | undefined {
  if (pattern === undefined) return identity
  if (identity !== undefined) throw unusable('Both `identity` and `identity-pattern` were given.')
  return identityPattern(pattern)
}

/** @param needed what they would be compared with */
function refuseInputs(inputs: Inputs, names: readonly (keyof Inputs)[], needed: string): void {
  const given = names.filter((name) => inputs[name] !== undefined && inputs[name] !== 'any')
  if (given.length === 0) return
  const words = given.map((name) => `\`${kebab(name)}\``).join(', ')
  throw unusable(`${words} cannot be compared without ${needed}.`)
}

function unusable(message: string): SluiceError {
  return new SluiceError('VERIFY_SIGNER', message, {
    remedy:
      'Give `key`; or `identity` (or `identity-pattern`) with `issuer` for keyless signatures, with `certificate-authority` for an own PKI.',
  })
}

async function readRoot(file: string | undefined, context: Context): Promise<TrustRoot | undefined> {
  return file === undefined ? undefined : readTrustRoot(await context.workspace.read(file, TRUST_ROOT_LIMIT))
}

/** A file in PEM, or a variable that holds one. */
async function readPem(key: string, context: Context): Promise<string> {
  if (!key.startsWith('env://')) return context.workspace.readText(key, KEY_LIMIT)
  const name = key.slice('env://'.length)
  const pem = context.variable(name)
  if (pem !== undefined) return pem
  throw new SluiceError('VERIFY_KEY_UNREADABLE', `The variable ${JSON.stringify(name)} is not set.`, {
    remedy: 'Put the public key or certificates into the variable by `env:` of the step.',
  })
}
