import { SluiceError } from '@sluice/errors'
import {
  type IdentityClaims,
  identityClaims,
  keylessSigner,
  keySigner,
  readTrustRoot,
  type Signer,
  type SigningConfig,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

const KEY_LIMIT = 64 * 1024
const TRUST_ROOT_LIMIT = 4 * 1024 * 1024
const PUBLIC_FULCIO = 'https://fulcio.sigstore.dev'
const PUBLIC_REKOR = 'https://rekor.sigstore.dev'

/** A signer, and what it is about to have certified. */
export interface Chosen {
  readonly signer: Signer
  readonly claims: IdentityClaims | undefined
}

/**
 * By key where one is given, by the identity of the job otherwise; never by whatever token the environment holds.
 * @throws SluiceError SIGN_KEY_*, OIDC_TOKEN_UNAVAILABLE, SIGN_NO_WITNESS, TRUST_ROOT_MALFORMED
 */
export async function chooseSigner(inputs: Inputs, config: SigningConfig, context: Context): Promise<Chosen> {
  const tsaUrl = inputs.tsaUrl ?? config.tsaUrl
  const time = tsaUrl === undefined ? {} : { tsaUrl }
  if (inputs.key !== undefined) {
    const password = context.variable('SLUICE_KEY_PASSWORD')
    if (password !== undefined) context.mask(password)
    const pem = await readKey(inputs.key, context)
    return {
      signer: keySigner({ pem, ...(password === undefined ? {} : { password }), ...time }),
      claims: undefined,
    }
  }
  const fulcioUrl = inputs.fulcioUrl ?? config.fulcioUrl ?? PUBLIC_FULCIO
  const rekorUrl =
    inputs.rekorUrl ?? config.rekorUrl ?? (fulcioUrl === PUBLIC_FULCIO ? PUBLIC_REKOR : undefined)
  const root = inputs.trustedRoot ?? config.trustedRoot
  const identityToken = await context.identityToken('sigstore')
  const signer = keylessSigner({
    identityToken,
    fulcioUrl,
    rekorMajor: (inputs.rekorVersion ?? config.rekorMajor) === 2 ? 2 : 1,
    fetch: context.fetch,
    ...time,
    ...(rekorUrl === undefined ? {} : { rekorUrl }),
    ...(root === undefined
      ? {}
      : { trustRoot: await readTrustRoot(await context.workspace.read(root, TRUST_ROOT_LIMIT)) }),
  })
  return { signer, claims: identityClaims(identityToken) }
}

async function readKey(key: string, context: Context): Promise<string> {
  if (!key.startsWith('env://')) return context.workspace.readText(key, KEY_LIMIT)
  const name = key.slice('env://'.length)
  const pem = context.variable(name)
  if (pem === undefined) {
    throw new SluiceError('SIGN_KEY_UNREADABLE', `The variable ${JSON.stringify(name)} is not set.`, {
      remedy: 'Put the key into the variable by `env:` of the step, from a secret.',
    })
  }
  context.mask(pem)
  return pem
}
