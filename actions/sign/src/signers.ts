import { SluiceError } from '@sluice/errors'
import {
  commandKey,
  heldKeySigner,
  type IdentityClaims,
  identityClaims,
  type KeyHolder,
  keylessServices,
  keylessSigner,
  keyWitnesses,
  localKey,
  openPrivateKey,
  readServices,
  readSigningChain,
  type Services,
  type Signer,
  type SigningConfig,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

const KEY_LIMIT = 64 * 1024
const CERTIFICATES_LIMIT = 1024 * 1024
const TOKEN_LIMIT = 64 * 1024
/** What every program may need to run at all; nothing else of the environment reaches a signer command undeclared. */
const USUAL_VARIABLES = ['PATH', 'HOME', 'TMPDIR']

/** A signer, and what it is about to have certified. */
export interface Chosen {
  readonly signer: Signer
  readonly claims: IdentityClaims | undefined
}

/**
 * By a key where one is given, itself or by the command that keeps it; otherwise by the identity token that is named, or
 * that of the job. Never by whatever token the environment holds.
 * @throws SluiceError SIGN_SIGNER, SIGN_SERVICE_URL, SIGN_KEY_*, SIGN_COMMAND_FAILED, SIGN_CERTIFICATE, SIGN_TOKEN_MALFORMED, SIGN_TOKEN_EXPIRED,
 * OIDC_TOKEN_UNAVAILABLE, SIGN_NO_WITNESS, SIGN_LOG_KEY, SIGNING_CONFIG_*, TRUST_ROOT_MALFORMED
 */
export async function chooseSigner(inputs: Inputs, config: SigningConfig, context: Context): Promise<Chosen> {
  requireOne(inputs)
  requireUrls(inputs)
  const services = await readServices(
    [{ ...inputs, rekorMajor: majorOf(inputs.rekorVersion) }, config],
    (path, limit) => context.workspace.read(path, limit),
    context.clock.now(),
  )
  const holder = await holderOf(inputs, context)
  if (holder === undefined) return byIdentity(inputs, services, context)
  const { certificate } = inputs
  const chain =
    certificate === undefined
      ? undefined
      : await readSigningChain(
          await context.workspace.readText(certificate, CERTIFICATES_LIMIT),
          holder.publicKey,
          context.clock.now(),
        )
  const signer = heldKeySigner({
    holder,
    witnesses: keyWitnesses(services),
    fetch: context.fetch,
    ...(chain === undefined ? {} : { chain }),
    ...(services.trustRoot === undefined ? {} : { trustRoot: services.trustRoot }),
  })
  return { signer, claims: undefined }
}

function requireOne({ key, signerCommand, identityToken, certificate, signerEnvironment }: Inputs): void {
  const refuse = (found: string, remedy: string) => new SluiceError('SIGN_SIGNER', found, { remedy })
  const hasCommand = signerCommand.length > 0
  if ([key !== undefined, hasCommand, identityToken !== undefined].filter(Boolean).length > 1)
    throw refuse(
      'More than one of `key`, `signer-command` and `identity-token` was given.',
      'Give the one that is to sign.',
    )
  if (certificate !== undefined && key === undefined && !hasCommand)
    throw refuse(
      'A `certificate` was given, and nothing that holds its key.',
      'Give `key` or `signer-command` too.',
    )
  if (signerEnvironment.length > 0 && !hasCommand)
    throw refuse('`signer-environment` was given without `signer-command`.', 'Give both, or neither.')
}

/** As the section `signing` of sluice.yaml asks of them. */
function requireUrls({ fulcioUrl, rekorUrl, tsaUrl }: Inputs): void {
  const urls = { 'fulcio-url': fulcioUrl, 'rekor-url': rekorUrl, 'tsa-url': tsaUrl }
  for (const [input, url] of Object.entries(urls)) {
    if (url === undefined || (/^https?:\/\//.test(url) && URL.canParse(url))) continue
    throw new SluiceError('SIGN_SERVICE_URL', `\`${input}\` is no URL of a service.`, {
      remedy: 'Write it in full, beginning with `https://` (or `http://` within a network of your own).',
    })
  }
}

async function holderOf(inputs: Inputs, context: Context): Promise<KeyHolder | undefined> {
  const { key, signerCommand } = inputs
  if (key !== undefined) {
    const password = context.variable('SLUICE_KEY_PASSWORD')
    if (password !== undefined) context.mask(password)
    return localKey(await openPrivateKey(await readKey(key, context), password))
  }
  const [program, ...args] = signerCommand
  if (program === undefined) return undefined
  const names = [...USUAL_VARIABLES, ...inputs.signerEnvironment]
  const environment = Object.fromEntries(
    names.flatMap((name) => {
      const value = context.variable(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  return commandKey({
    // A name without a slash is looked up in PATH.
    program: program.includes('/') ? await context.workspace.resolve(program) : program,
    args,
    environment,
    folder: context.workspace.root,
    signal: context.signal,
  })
}

async function byIdentity(inputs: Inputs, services: Services, context: Context): Promise<Chosen> {
  const { trustRoot } = services
  const identityToken = await tokenOf(inputs.identityToken, context)
  const claims = identityClaims(identityToken)
  requireCurrent(claims, context.clock.now())
  const signer = keylessSigner({
    identityToken,
    ...keylessServices(services),
    fetch: context.fetch,
    ...(trustRoot === undefined ? {} : { trustRoot }),
  })
  return { signer, claims }
}

/** A token lives for minutes, and one out of a file may be of another day; the authority would not say so. */
function requireCurrent({ exp }: IdentityClaims, now: Date): void {
  if (typeof exp !== 'number' || exp * 1000 > now.getTime()) return
  throw new SluiceError('SIGN_TOKEN_EXPIRED', `The identity token expired at ${shown(exp)}.`, {
    remedy: 'Ask its provider for a new one in the same job, right before it signs.',
  })
}

function shown(seconds: number): string {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? 'no time that can be read' : at.toISOString()
}

/** The job's own token, or the one in the file or variable that was named. */
async function tokenOf(named: string | undefined, context: Context): Promise<string> {
  if (named === undefined) return context.identityToken('sigstore')
  const token = named.startsWith('env://')
    ? variable(named, context, 'SIGN_TOKEN_MALFORMED', 'the identity token')
    : await context.workspace.readText(named, TOKEN_LIMIT)
  const trimmed = token.trim()
  context.mask(trimmed)
  return trimmed
}

async function readKey(key: string, context: Context): Promise<string> {
  if (!key.startsWith('env://')) return context.workspace.readText(key, KEY_LIMIT)
  const pem = variable(key, context, 'SIGN_KEY_UNREADABLE', 'the key')
  context.mask(pem)
  return pem
}

/** @param address `env://NAME` */
function variable(address: string, context: Context, code: string, what: string): string {
  const name = address.slice('env://'.length)
  const value = context.variable(name)
  if (value !== undefined) return value
  throw new SluiceError(code, `The variable ${JSON.stringify(name)} is not set.`, {
    remedy: `Put ${what} into the variable by \`env:\` of the step, from a secret.`,
  })
}

function majorOf(version: number | undefined): 1 | 2 | undefined {
  if (version === undefined) return undefined
  return version === 2 ? 2 : 1
}
