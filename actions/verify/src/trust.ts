import { SluiceError } from '@sluice/errors'
import {
  publicTrustRoot,
  readPublicKey,
  readTrustRoot,
  type SignedBy,
  type TrustRoot,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

const KEY_LIMIT = 64 * 1024
const TRUST_ROOT_LIMIT = 4 * 1024 * 1024

/** Whose signature counts, from the inputs. @throws SluiceError VERIFY_SIGNER, VERIFY_KEY_UNREADABLE, TRUST_ROOT_MALFORMED */
export async function signedBy(
  inputs: Inputs,
  trustedRoot: string | undefined,
  context: Context,
): Promise<SignedBy> {
  const { key, identity, issuer } = inputs
  if ((key === undefined) === (identity === undefined)) {
    throw new SluiceError(
      'VERIFY_SIGNER',
      key === undefined
        ? 'Nobody was named whose signature would count.'
        : 'Both a key and an identity were given.',
      {
        remedy: 'Give `key`, or `identity` and `issuer`; a signature by anyone is worth nothing.',
      },
    )
  }
  const root = await readRoot(trustedRoot, context)
  if (key !== undefined) {
    const pem = await readKey(key, context)
    readPublicKey(pem)
    return { key: pem, ...(root === undefined ? {} : { trustRoot: root }) }
  }
  return {
    identity: identity ?? '',
    issuer,
    trustRoot: root ?? (await publicTrustRoot()),
    ...(inputs.repository === undefined ? {} : { repository: inputs.repository }),
    ...(inputs.ref === undefined ? {} : { ref: inputs.ref }),
  }
}

async function readRoot(file: string | undefined, context: Context): Promise<TrustRoot | undefined> {
  return file === undefined ? undefined : readTrustRoot(await context.workspace.read(file, TRUST_ROOT_LIMIT))
}

async function readKey(key: string, context: Context): Promise<string> {
  if (!key.startsWith('env://')) return context.workspace.readText(key, KEY_LIMIT)
  const name = key.slice('env://'.length)
  const pem = context.variable(name)
  if (pem !== undefined) return pem
  throw new SluiceError('VERIFY_KEY_UNREADABLE', `The variable ${JSON.stringify(name)} is not set.`, {
    remedy: 'Put the public key into the variable by `env:` of the step.',
  })
}
