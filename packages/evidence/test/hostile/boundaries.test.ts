import { expect, test } from 'vitest'
import { preAuthEncoding } from '../../src/index.js'
import { judgeSource } from '../../src/verify/source.js'

test('the length of a payload type is one of bytes', () => {
  expect(preAuthEncoding('é', Buffer.from('x')).toString()).toBe('DSSEv1 2 é 1 x')
})

test('a repository whose name begins with that of the one that ran is another', () => {
  const certified = (identity: string) => ({
    identity,
    issuer: 'https://token.actions.githubusercontent.com',
    extensions: new Map([[12, 'https://github.com/acme/model']]),
  })
  const workflow = '.github/workflows/release.yml@refs/heads/main'
  expect(() => judgeSource(certified(`https://github.com/acme/model/${workflow}`), {})).not.toThrow()
  expect(() => judgeSource(certified(`https://github.com/acme/models/${workflow}`), {})).toThrow(
    expect.objectContaining({ code: 'EVIDENCE_REPOSITORY_MISMATCH' }),
  )
})
