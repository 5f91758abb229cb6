import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openPrivateKey } from '../../src/index.js'
import { keyPair } from '../keys.js'

// Made by `cosign generate-key-pair` of v3.1.2 with the password `secret`; it signs nothing but in this test.
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const key = fixture('cosign.key')

test('a key that cosign wrote opens with its password', async () => {
  const opened = await openPrivateKey(key, 'secret')
  expect(createPublicKey(opened).equals(createPublicKey(fixture('cosign.pub')))).toBe(true)
})

test('and so do those in PKCS#8', async () => {
  const keys = keyPair('P-384', 'secret')
  await expect(openPrivateKey(keys.privatePem, 'secret')).resolves.toMatchObject({ type: 'private' })
})

describe('is refused', () => {
  /** The key with its JSON changed. */
  const changed = (edit: (json: string) => string) => {
    const body = key.replace(/-----[^-]+-----/g, '')
    const json = edit(Buffer.from(body, 'base64').toString())
    const name = 'ENCRYPTED SIGSTORE PRIVATE KEY'
    return `-----BEGIN ${name}-----\n${Buffer.from(json).toString('base64')}\n-----END ${name}-----\n`
  }

  test.each<[string, string, string | undefined, string]>([
    ['with another password', key, 'secre', 'SIGN_KEY_PASSWORD'],
    ['without a password', key, undefined, 'SIGN_KEY_PASSWORD'],
    [
      'that was changed',
      changed((json) => json.replace(/(ciphertext":"....)./, '$1A')),
      'secret',
      'SIGN_KEY_PASSWORD',
    ],
    [
      'that asks for more memory than 256 MiB',
      changed((json) => json.replace('65536', '1048576')),
      'secret',
      'SIGN_KEY_UNREADABLE',
    ],
    [
      'whose costs are no power of two',
      changed((json) => json.replace('65536', '65535')),
      'secret',
      'SIGN_KEY_UNREADABLE',
    ],
    [
      'of another derivation',
      changed((json) => json.replace('scrypt', 'argon2')),
      'secret',
      'SIGN_KEY_UNREADABLE',
    ],
    [
      'of another cipher',
      changed((json) => json.replace('secretbox', 'box')),
      'secret',
      'SIGN_KEY_UNREADABLE',
    ],
    [
      'with a member twice',
      changed((json) => json.replace('{', '{"kdf":{},')),
      'secret',
      'SIGN_KEY_UNREADABLE',
    ],
    ['that is cut', key.slice(0, 200), 'secret', 'SIGN_KEY_UNREADABLE'],
  ])('%s', async (_what, pem, password, code) => {
    await expect(openPrivateKey(pem, password)).rejects.toMatchObject({ code, kind: 'usage' })
  })
})
