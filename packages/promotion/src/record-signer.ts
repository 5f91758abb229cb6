import { SluiceError } from '@sluice/errors'
import {
  heldKeySigner,
  keylessServices,
  keylessSigner,
  keyWitnesses,
  localKey,
  openPrivateKey,
  publicTrustRoot,
  readServices,
  type Signer,
  type SigningConfig,
} from '@sluice/evidence'
import type { Edge } from './stage.js'

/** What a signer of records takes besides what opening an environment does. */
export interface SigningEdge extends Edge {
  readonly clock: { now(): Date }
  /** The workflow's OIDC token for an audience. */
  identityToken(audience: string): Promise<string>
  /** Hides a value from every later log line. */
  mask(value: string): void
}

const KEY_LIMIT = 64 * 1024

/**
 * Who signs a record: the key in a file, or without one the workflow's own identity.
 * @param key path of the private key, PEM, or `env://NAME` of a variable; its password is taken from SLUICE_KEY_PASSWORD
 * @param config `signing` of sluice.yaml; the public Sigstore where it names no services
 * @throws SluiceError SIGN_KEY_*, OIDC_TOKEN_UNAVAILABLE, SIGN_NO_WITNESS, SIGN_LOG_KEY, SIGNING_CONFIG_*, TRUST_ROOT_MALFORMED
 */
export async function recordSigner(
  key: string | undefined,
  config: SigningConfig,
  edge: SigningEdge,
): Promise<Signer> {
  const { workspace, fetch } = edge
  const services = await readServices(
    [config],
    (path, limit) => workspace.readText(path, limit),
    edge.clock.now(),
  )
  if (key !== undefined) {
    const password = edge.variable('SLUICE_KEY_PASSWORD')
    if (password !== undefined) edge.mask(password)
    const opened = await openPrivateKey(await readKey(key, edge), password)
    return heldKeySigner({ holder: localKey(opened), witnesses: keyWitnesses(services), fetch })
  }
  return keylessSigner({
    identityToken: await edge.identityToken('sigstore'),
    ...keylessServices(services),
    trustRoot: services.trustRoot ?? (await publicTrustRoot()),
    fetch,
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
