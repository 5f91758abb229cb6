import { createHash, type KeyObject, verify } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { hashFor, readPublicKey } from '../key.js'
import type { KeyHolder } from '../key-holder.js'
import { type Command, type Outcome, runCommand } from './run-command.js'

/** A token that asks for a touch, or a service that is slow, is waited for this long, milliseconds. */
const PATIENCE = 60_000
const ERRORS_LENGTH = 300
const SIGNATURE_LIMIT = 1024

export interface SignerCommand extends Omit<Command, 'patience'> {
  readonly patience?: number
}

/** What each kind of key signs with, as the program is told, and octets of a number of its curve. */
const ALGORITHMS: Readonly<Record<string, readonly [name: string, octets: number]>> = {
  sha256: ['ecdsa-p256-sha256', 32],
  sha384: ['ecdsa-p384-sha384', 48],
  sha512: ['ecdsa-p521-sha512', 66],
}

/**
 * A key that a program keeps, such as in an HSM or a key management service. `<command> public-key` prints it as PEM.
 * `<command> sign` gets the message on its standard input, in SLUICE_SIGN_ALGORITHM how to sign, for ECDSA in
 * SLUICE_SIGN_DIGEST the message's digest (base64), and prints the signature in base64: DER or, for ECDSA, `r || s`.
 * @throws SluiceError SIGN_COMMAND_FAILED, SIGN_KEY_UNSUPPORTED
 */
export async function commandKey(command: SignerCommand): Promise<KeyHolder> {
  const publicKey = keyIn(await run(command, 'public-key', {}, new Uint8Array()))
  const hash = hashFor(publicKey)
  const [algorithm = 'ed25519', octets = 0] = ALGORITHMS[hash ?? ''] ?? []
  return {
    publicKey,
    async sign(message) {
      const digest =
        hash === null ? {} : { SLUICE_SIGN_DIGEST: createHash(hash).update(message).digest('base64') }
      const answer = await run(command, 'sign', { SLUICE_SIGN_ALGORITHM: algorithm, ...digest }, message)
      const signature = signatureIn(answer, message, publicKey, hash, octets)
      if (signature !== undefined) return signature
      throw failed('printed no signature in base64 that its public key verifies')
    },
  }
}

async function run(
  command: SignerCommand,
  task: 'public-key' | 'sign',
  variables: Readonly<Record<string, string>>,
  input: Uint8Array,
): Promise<string> {
  const { patience = PATIENCE } = command
  const args = [...command.args, task]
  const environment = { ...command.environment, ...variables }
  const outcome = await runCommand({ ...command, args, environment, patience }, input)
  if (outcome.kind === 'done' && outcome.status === 0) return outcome.output
  throw failed(`failed at \`${task}\`: ${reason(outcome, command, patience)}`)
}

function reason(outcome: Outcome, { environment }: SignerCommand, patience: number): string {
  switch (outcome.kind) {
    case 'missing':
      return 'it cannot be started'
    case 'late':
      return `it did not end within ${patience / 1000} s`
    case 'long':
      return 'it wrote more than 64 KiB'
    case 'done':
      return `it ended with status ${outcome.status}${shown(outcome.errors, environment)}`
  }
}

/** What a program says of its failure, on one line and without the values of its variables or lines of them: they may be secrets. */
function shown(errors: string, environment: Readonly<Record<string, string>>): string {
  let text = errors
  const values = Object.values(environment)
    .flatMap((value) => [value, ...value.split(/\r?\n/)])
    .filter((value) => value.trim().length >= 4)
  for (const value of values.toSorted((a, b) => b.length - a.length)) text = text.replaceAll(value, '***')
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ').trim()
  if (line === '') return ''
  return `, saying ${JSON.stringify(line.length > ERRORS_LENGTH ? `…${line.slice(-ERRORS_LENGTH)}` : line)}`
}

function keyIn(output: string): KeyObject {
  try {
    return readPublicKey(output)
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'SIGN_KEY_UNSUPPORTED') throw error
    throw failed('printed no public key in PEM at `public-key`')
  }
}

/** The signature that was printed, ECDSA's in DER, if the key verifies it in either form. */
function signatureIn(
  output: string,
  message: Buffer,
  key: KeyObject,
  hash: string | null,
  octets: number,
): Buffer | undefined {
  const text = output.replace(/\s+/g, '')
  if (text.length > SIGNATURE_LIMIT || !/^[A-Za-z0-9+/_-]+=*$/.test(text)) return undefined
  const signature = Buffer.from(text, 'base64')
  if (verify(hash, message, key, signature)) return signature
  if (hash === null || signature.length !== 2 * octets) return undefined
  const isRaw = verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  return isRaw ? toDer(signature.subarray(0, octets), signature.subarray(octets)) : undefined
}

/** ECDSA-Sig-Value (RFC 3279 section 2.2.3). */
function toDer(...numbers: readonly Buffer[]): Buffer {
  const element = (tag: number, value: Buffer) =>
    Buffer.concat([Buffer.from(value.length < 128 ? [tag, value.length] : [tag, 0x81, value.length]), value])
  const integers = numbers.map((number) => {
    const start = number.findIndex((octet) => octet !== 0)
    const shortest = number.subarray(start)
    return element(0x02, (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.of(0), shortest]))
  })
  return element(0x30, Buffer.concat(integers))
}

function failed(how: string): SluiceError {
  return new SluiceError('SIGN_COMMAND_FAILED', `The signer command ${how}.`, {
    remedy:
      'Run `signer-command` by hand with `public-key`, then with `sign` and a message on its standard input, and pass what it needs by `signer-environment`.',
    kind: 'surroundings',
  })
}
