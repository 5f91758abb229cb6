import { expect, test } from 'vitest'
import { type Caller, Tokens } from '../../src/github/tokens.js'

const DAY = 24 * 60 * 60 * 1000
const caller: Caller = { kind: 'job', job: 'build', permissions: {} }

test('a token ends after 24 hours, each from its own issue', () => {
  let now = 0
  const tokens = new Tokens(() => now)
  const first = tokens.issue(caller)
  now = DAY - 1
  const second = tokens.issue(caller)
  expect(tokens.holder(first)).toBe(caller)
  now = DAY
  expect(tokens.holder(first)).toBeUndefined()
  expect(tokens.holder(second)).toBe(caller)
})
