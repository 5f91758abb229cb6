import { type LocalSigstore, startSigstore } from '@sluice/rehearsal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keylessSigner, signStatement } from '../../src/index.js'
import { about, claims, signerOf } from '../verify/world.js'

let sigstore: LocalSigstore
beforeAll(async () => {
  sigstore = await startSigstore()
})
afterAll(() => sigstore[Symbol.asyncDispose]())

describe('signing fails cleanly', () => {
  test.each([
    ['fulcio', 'SIGN_CERTIFICATE_FAILED', 400],
    ['rekor', 'SIGN_LOG_FAILED', 400],
    ['tsa', 'SIGN_TIMESTAMP_FAILED', 400],
  ] as const)('when %s fails: %s, and no token in the error', async (service, code, status) => {
    const token = await sigstore.identityToken(claims)
    sigstore.fail(service, status)
    const error: Error = await signStatement(about, await signerOf(sigstore, { identityToken: token })).catch(
      (caught) => caught,
    )
    sigstore.fail(service, undefined)
    expect(error).toMatchObject({
      code,
      kind: 'surroundings',
      message: expect.stringContaining(`HTTP ${status}`),
    })
    expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain(
      token.split('.')[1],
    )
  })

  test('when the token is of another provider', async () => {
    await using elsewhere = await startSigstore()
    const signer = await signerOf(sigstore, { identityToken: await elsewhere.identityToken(claims) })
    await expect(signStatement(about, signer)).rejects.toMatchObject({ code: 'SIGN_CERTIFICATE_FAILED' })
  })

  test('when the token is none', async () => {
    await expect(
      signStatement(about, await signerOf(sigstore, { identityToken: 'secret' })),
    ).rejects.toMatchObject({ code: 'SIGN_TOKEN_MALFORMED' })
  })

  test('when nothing would vouch for the time', () => {
    const options = { identityToken: '', fulcioUrl: sigstore.url, fetch }
    expect(() => keylessSigner(options)).toThrow(expect.objectContaining({ code: 'SIGN_NO_WITNESS' }))
    expect(() => keylessSigner({ ...options, rekorUrl: sigstore.url, rekorMajor: 2 })).toThrow(
      expect.objectContaining({ code: 'SIGN_NO_WITNESS' }),
    )
  })
})
