import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Masks } from '../../src/job/masks.js'
import { jobRig, sh } from './rig.js'

function masks(...secrets: string[]): Masks {
  const made = new Masks()
  for (const secret of secrets) made.add(secret)
  return made
}

test('no secret is left, wherever it stands', () => {
  const text = fc.string({ maxLength: 50 })
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ minLength: 4, maxLength: 20 }).filter((s) => s.trim().length > 3 && !s.includes('*')),
        { minLength: 1 },
      ),
      text,
      text,
      (secrets, before, after) => {
        for (const secret of secrets) {
          expect(masks(...secrets).hide(`${before}${secret}${after}`)).not.toContain(secret)
        }
      },
    ),
  )
})

test('text without a secret stays as it is', () => {
  expect(masks('sesame').hide('open, please')).toBe('open, please')
})

test('secrets that overlap are hidden as one', () => {
  expect(masks('abcd', 'cdef').hide('x abcdef y')).toBe('x *** y')
  expect(masks('aba').hide('ababa')).toBe('***')
})

test.each([0, 1, 2, 3])('a secret in the base64 of a longer text is hidden, %d bytes in', (offset) => {
  const text = Buffer.from(`${'-'.repeat(offset)}correct horse battery staple`).toString('base64')
  const hidden = masks('correct horse battery staple').hide(text)
  expect(hidden).toContain('***')
  expect(Buffer.from(hidden.replace('***', ''), 'base64').toString()).not.toContain('horse')
})

test('each line of a secret is one, and so are its JSON and URI forms', () => {
  const made = masks('first "line"\nsecond line')
  expect(made.hide('only second line')).toBe('only ***')
  expect(made.hide(JSON.stringify('first "line"'))).toBe('"***"')
  expect(made.hide(encodeURIComponent('first "line"'))).toBe('***')
})

test.each([
  ['pass&<word>"1', 'pass&amp;&lt;word&gt;&quot;1'],
  ["it's&so", 'it&#39;s&amp;so'],
  ["it's&so", 'it&#x27;s&amp;so'],
])('a secret %s is hidden as HTML writes it: %s', (secret, html) => {
  expect(masks(secret).hide(`<b>${html}</b>`)).toBe('<b>***</b>')
})

test('a secret that terminal sequences part is hidden in an annotation too', async () => {
  await using rig = await jobRig()
  const parted = 'printf "::add-mask::sesame\\n::warning::ses\\033[0mame opens\\n"'
  const { log, result } = await rig.run([sh(parted)])
  expect(result.steps[0]?.annotations).toEqual([{ level: 'warning', message: '*** opens' }])
  expect(log.join('\n')).not.toContain('sesame opens')
})
