import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { identityClaims, keySigner, readPublicKey } from '../../src/index.js'
import { proofSubject } from '../../src/sign/identity-token.js'
import { keyPair } from '../keys.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const encrypted = keyPair('P-256', 'right').privatePem

describe('a private key is refused', () => {
  test.each<[string, string, string | undefined, string]>([
    ['that is RSA', rsa, undefined, 'SIGN_KEY_UNSUPPORTED'],
    ['on a curve of others', secp256k1, undefined, 'SIGN_KEY_UNSUPPORTED'],
    ['that is encrypted, without a password', encrypted, undefined, 'SIGN_KEY_PASSWORD'],
    ['that is encrypted, with a wrong password', encrypted, 'wrong', 'SIGN_KEY_PASSWORD'],
    ['that is public', keyPair().publicPem, undefined, 'SIGN_KEY_UNREADABLE'],
    ['that is cut', encrypted.slice(0, 80), 'right', 'SIGN_KEY_PASSWORD'],
    [
      'in the encryption of cosign',
      '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n',
      'right',
      'SIGN_KEY_UNREADABLE',
    ],
    ['that is empty', '', undefined, 'SIGN_KEY_UNREADABLE'],
  ])('%s, and no byte of it is in the error', (_what, pem, password, code) => {
    const signer = () => keySigner({ pem, ...(password === undefined ? {} : { password }) })
    expect(signer).toThrow(expect.objectContaining({ code, kind: 'usage' }))
    try {
      signer()
    } catch (error) {
      const lines = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('--'))
      for (const line of lines) expect(String(error) + String((error as Error).cause)).not.toContain(line)
    }
  })
})

test('SEC1 keys are read as well', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(
    keySigner({ pem: privateKey.export({ type: 'sec1', format: 'pem' }).toString() }).description,
  ).toMatch(/^key [0-9a-f]{16}$/)
})

test('a private key is not taken for a public one', () => {
  expect(() => readPublicKey(keyPair().privatePem)).toThrow(
    expect.objectContaining({ code: 'VERIFY_KEY_UNREADABLE' }),
  )
})

describe('an identity token', () => {
  const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

  test('proves its e-mail only when that was verified', () => {
    const claims = { iss: 'https://issuer', sub: 'subject', email: 'a@b.example' }
    expect(proofSubject(identityClaims(token(claims)))).toBe('subject')
    expect(proofSubject(identityClaims(token({ ...claims, email_verified: true })))).toBe('a@b.example')
  })

  test.each(['', 'a.b', 'a.b.c', token({ iss: 'x' }), token([]), 'x'.repeat(70_000)])(
    '%# that is none is refused',
    (text) => {
      expect(() => identityClaims(text)).toThrow(expect.objectContaining({ code: 'SIGN_TOKEN_MALFORMED' }))
    },
  )
})
