import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { statement } from '@sluice/verdict'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandKey, heldKeySigner, signStatement, verifyEvidence } from '../../src/index.js'
import { keyPair } from '../keys.js'

const digest = `sha256:${'ab'.repeat(32)}`
const about = statement({ name: 'model', digest }, 'https://example.com/predicate/v1', {})
const PROGRAMS = join(import.meta.dirname, '../../../../docs/signers')

/**
 * Stand-ins for the command lines of three clouds, as their references describe what `docs/signers` uses of them: what
 * each is given has to be right, and `openssl` signs.
 */
const CLOUDS: Readonly<Record<string, string>> = {
  aws: `
    case "$1 $2 $3 $4" in
      "kms get-public-key --key-id alias/model")
        [ "$5 $6 $7 $8" = "--query PublicKey --output text" ] && openssl pkey -in "$KEY" -pubout -outform DER | openssl base64 -A ;;
      "kms sign --key-id alias/model")
        [ "$5 $7 $8 $9" = "--message --message-type DIGEST --signing-algorithm" ] && [ "\${10}" = "ECDSA_SHA_$BITS" ] &&
          [ "\${11} \${12} \${13} \${14}" = "--query Signature --output text" ] &&
          printf %s "$6" | openssl base64 -d -A | openssl pkeyutl -sign -inkey "$KEY" | openssl base64 -A ;;
      *) exit 64 ;;
    esac`,
  gcloud: `
    case "$*" in
      "kms keys versions get-public-key projects/p/cryptoKeyVersions/1") openssl pkey -in "$KEY" -pubout ;;
      "kms asymmetric-sign --version projects/p/cryptoKeyVersions/1 --digest-algorithm sha$BITS --input-file "*" --signature-file "*)
        if [ "$FORM" = der ]; then openssl dgst "-sha$BITS" -sign "$KEY" -out "\${10}" "$8"
        else openssl dgst "-sha$BITS" -sign "$KEY" "$8" | openssl base64 -A -out "\${10}"; fi ;;
      *) exit 64 ;;
    esac`,
  az: `
    case "$*" in
      "keyvault key download --id https://vault/keys/model --encoding PEM --file "*)
        [ ! -e "$9" ] && openssl pkey -in "$KEY" -pubout -out "$9" && echo done ;;
      "keyvault key sign --id https://vault/keys/model --algorithm ES$BITS --digest "*" --query signature --output tsv")
        printf %s "$9" | openssl base64 -d -A | openssl pkeyutl -sign -inkey "$KEY" | node "$RAW" ;;
      *) exit 64 ;;
    esac`,
}
/** DER to `r || s` in base64url, as Key Vault answers. */
const RAW = `
  const der = require('node:fs').readFileSync(0)
  const octets = { 256: 32, 384: 48, 512: 66 }[process.env.BITS]
  let at = der[1] === 0x81 ? 3 : 2
  const next = () => {
    const number = der.subarray(at + 2, at + 2 + der[at + 1])
    at += 2 + der[at + 1]
    return Buffer.concat([Buffer.alloc(octets), number]).subarray(-octets)
  }
  console.log(Buffer.concat([next(), next()]).toString('base64url'))`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-programs-'))
  for (const [name, script] of Object.entries(CLOUDS)) {
    await writeFile(join(folder, name), `#!/bin/sh\nset -eu${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  await writeFile(join(folder, 'raw.cjs'), RAW)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const BITS = { 'P-256': '256', 'P-384': '384', 'P-521': '512' } as const

describe('a program of docs/signers signs what verifies', () => {
  test.each([
    ['aws-kms.sh', 'P-256', { KMS_KEY: 'alias/model' }],
    ['aws-kms.sh', 'P-384', { KMS_KEY: 'alias/model' }],
    ['aws-kms.sh', 'P-521', { KMS_KEY: 'alias/model' }],
    ['google-kms.sh', 'P-256', { KMS_KEY: 'projects/p/cryptoKeyVersions/1' }],
    ['google-kms.sh', 'P-384', { KMS_KEY: 'projects/p/cryptoKeyVersions/1', FORM: 'der' }],
    ['azure-key-vault.sh', 'P-256', { KEY_ID: 'https://vault/keys/model' }],
    ['azure-key-vault.sh', 'P-384', { KEY_ID: 'https://vault/keys/model' }],
    ['azure-key-vault.sh', 'P-521', { KEY_ID: 'https://vault/keys/model' }],
  ] as const)('%s, %s', async (program, curve, given) => {
    const keys = keyPair(curve)
    await writeFile(join(folder, 'key.pem'), keys.privatePem)
    const surroundings = {
      FORM: '',
      KEY: join(folder, 'key.pem'),
      BITS: BITS[curve],
      RAW: join(folder, 'raw.cjs'),
    }
    const PATH = `${folder}:${process.env['PATH']}`
    const environment = { PATH, ...surroundings, ...given }
    const holder = await commandKey({ program: 'sh', args: [join(PROGRAMS, program)], environment, folder })
    const bundle = await signStatement(about, heldKeySigner({ holder }))
    const signedBy = { key: keys.publicPem }
    await expect(
      verifyEvidence(bundle, { subject: { digest }, signedBy, now: new Date() }),
    ).resolves.toMatchObject({ signer: { kind: 'key' } })
  })
})

test('they are shell programs without a fault that the shell can see', () => {
  for (const name of ['pkcs11.sh', 'aws-kms.sh', 'google-kms.sh', 'azure-key-vault.sh'])
    expect(() => execFileSync('sh', ['-n', join(PROGRAMS, name)])).not.toThrow()
})
