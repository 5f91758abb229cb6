import { SluiceError } from '@sluice/errors'
import {
  keylessSigner,
  keySigner,
  publicTrustRoot,
  readTrustRoot,
  type Signer,
  type SigningConfig,
} from '@sluice/evidence'
import type { Edge } from './stage.js'

/** What a signer of records takes besides what opening an environment does. */
export interface SigningEdge extends Edge {
  /** The workflow's OIDC token for an audience. */
  identityToken(audience: string): Promise<string>
  /** Hides a value from every later log line. */
  mask(value: string): void
}

const PUBLIC_FULCIO = 'https://fulcio.sigstore.dev'
const PUBLIC_REKOR = 'https://rekor.sigstore.dev'
const KEY_LIMIT = 64 * 1024
const ROOT_LIMIT = 4 * 1024 * 1024

/**
 * Who signs a record: the key in a file, or without one the workflow's own identity.
 * @param key path of the private key, PEM, or `env://NAME` of a variable; its password is taken from SLUICE_KEY_PASSWORD
 * @param config `signing` of sluice.yaml; the public Sigstore where it names no services
 * @throws SluiceError SIGN_KEY_*, OIDC_TOKEN_UNAVAILABLE, SIGN_NO_WITNESS, TRUST_ROOT_MALFORMED
 */
export async function recordSigner(
  key: string | undefined,
  config: SigningConfig,
  edge: SigningEdge,
): Promise<Signer> {
  const { tsaUrl, rekorMajor, trustedRoot } = config
  const timestamps = tsaUrl === undefined ? {} : { tsaUrl }
  if (key !== undefined) {
    const password = edge.variable('SLUICE_KEY_PASSWORD')
    if (password !== undefined) edge.mask(password)
    const pem = await readKey(key, edge)
    return keySigner({ pem, ...(password === undefined ? {} : { password }), ...timestamps })
  }
  const isPublic = config.fulcioUrl === undefined
  const rekorUrl = config.rekorUrl ?? (isPublic ? PUBLIC_REKOR : undefined)
  return keylessSigner({
    identityToken: await edge.identityToken('sigstore'),
    fulcioUrl: config.fulcioUrl ?? PUBLIC_FULCIO,
    ...(rekorUrl === undefined ? {} : { rekorUrl }),
    ...(rekorMajor === undefined ? {} : { rekorMajor }),
    ...timestamps,
    trustRoot:
      trustedRoot === undefined
        ? await publicTrustRoot()
        : await readTrustRoot(await edge.workspace.readText(trustedRoot, ROOT_LIMIT)),
    fetch: edge.fetch,
  })
}

async function readKey(key: string, edge: SigningEdge): Promise<string> {
  if (!key.startsWith('env://')) return await edge.workspace.readText(key, KEY_LIMIT)
  const name = key.slice('env://'.length)
  const pem = edge.variable(name)
  if (pem === undefined) {
    throw new SluiceError('SIGN_KEY_UNREADABLE', `The variable ${JSON.stringify(name)} is not set.`, {
      remedy: 'Put the key into the variable by `env:` of the step, from a secret.',
    })
  }
  edge.mask(pem)
  return pem
}
