import { beforeAll, describe, expect, test } from 'vitest'
import type { Contexts, Expressions, Status } from '../../src/contract.js'
import { createExpressions } from '../../src/expression/expressions.js'
import { loadLanguage } from '../../src/expression/language.js'
import { repositoryOf } from '../support/repository.js'

let expressions: Expressions
beforeAll(async () => {
  expressions = createExpressions(await loadLanguage())
})

const contexts: Contexts = {
  github: { sha: 'abc', ref: 'refs/heads/main', event: { inputs: { a: 'x' } } },
  inputs: { flag: true, number: 7, list: '["a","b"]' },
  matrix: { os: 'linux' },
  needs: {
    gate: { result: 'success', outputs: { verdict: 'pass' } },
    scan: { result: 'failure', outputs: {} },
  },
  steps: { one: { outcome: 'success' }, two: { outcome: 'failure' } },
}

describe('a template', () => {
  test.each([
    ['text without expressions', 'text without expressions'],
    ['${{ github.sha }}', 'abc'],
    ['${{ inputs.flag }}', true],
    ['${{ inputs.number }}', 7],
    ['${{ inputs.nothing }}', null],
    ['a ${{ inputs.flag }} b ${{ inputs.number }}', 'a true b 7'],
    ["${{ format('{0}-{1}', matrix.os, github.sha) }}", 'linux-abc'],
    ['${{ fromJSON(inputs.list)[1] }}', 'b'],
    ["${{ join(fromJSON('[1,2]'), '+') }}", '1+2'],
    ["${{ contains(github.ref, 'main') && 'yes' || 'no' }}", 'yes'],
    ["${{ startsWith(github.ref, 'refs/') && endsWith(github.ref, 'main') }}", true],
    ["${{ 'closes }} inside' }}", 'closes }} inside'],
    ["${{ 'it''s' }}", "it's"],
    ['${{ steps.*.outcome }}', ['success', 'failure']],
    ["${{ contains(needs.*.result, 'failure') }}", true],
    ['${{ needs.gate.outputs }}', { verdict: 'pass' }],
    ['${{ toJSON(needs.gate.outputs) }}', '{\n  "verdict": "pass"\n}'],
    ["${{ '5' == 5 }}", true],
    ["${{ 'ABC' == github.sha }}", true],
  ])('%s is %j', (template, expected) => {
    expect(expressions.evaluate(template, contexts)).toEqual(expected)
  })

  test.each([
    ['${{ inputs.nothing }}', ''],
    ['${{ needs.gate }}', 'Object'],
    ['[${{ 1.50 }}]', '[1.5]'],
  ])('%s is inserted as %j', (template, expected) => {
    expect(expressions.interpolate(template, contexts)).toBe(expected)
  })

  test('names of contexts and of their members do not differ by case', () => {
    expect(expressions.evaluate('${{ GitHub.SHA }}', contexts)).toBe('abc')
  })

  test('a value that looks like an expression is not evaluated again', () => {
    const hostile = { github: { title: '${{ secrets.TOKEN }}' }, secrets: { TOKEN: 'hidden' } }
    expect(expressions.interpolate('${{ github.title }}', hostile)).toBe('${{ secrets.TOKEN }}')
  })

  test.each([
    '${{ nothing.known }}',
    '${{ unknown() }}',
    '${{ github. }}',
    '${{ github.sha',
    '${{ success() }}',
  ])('%s is refused', (template) => {
    expect(() => expressions.evaluate(template, contexts)).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_INVALID' }),
    )
  })
})

describe('a condition', () => {
  test.each<[string | undefined, Status, boolean]>([
    [undefined, 'success', true],
    [undefined, 'failure', false],
    [undefined, 'skipped', false],
    ['', 'cancelled', false],
    ["github.sha == 'abc'", 'success', true],
    ["github.sha == 'abc'", 'failure', false],
    ["${{ github.sha == 'abc' }}", 'failure', false],
    ['always()', 'cancelled', true],
    ['failure()', 'failure', true],
    ['failure()', 'success', false],
    ['failure()', 'skipped', false],
    ['cancelled()', 'cancelled', true],
    ['!cancelled()', 'failure', true],
    ['!failure() && !cancelled()', 'skipped', true],
    ["ALWAYS() && github.sha == 'nope'", 'success', false],
    ["contains('always()', 'failure()')", 'failure', false],
    ["'always()' != ''", 'failure', false],
    ['success(needs.gate.outputs.nothing)', 'success', false],
    ["success('gate')", 'failure', true],
    ["failure('gate', 'scan')", 'success', true],
    // Text around an expression makes a text, and a text is true: a known trap that GitHub has too.
    ["${{ github.sha == 'nope' }} && true", 'success', true],
  ])('%s at %s is %s', (condition, status, expected) => {
    expect(expressions.holds(condition, contexts, status)).toBe(expected)
  })
})

describe('hashFiles', () => {
  test('hashes what matches, in the order of paths, and is empty without a match', async () => {
    await using repository = await repositoryOf({ 'a/one.txt': '1', 'b/two.txt': '2', 'b/two.md': '3' })
    const here = createExpressions(await loadLanguage(), repository.folder)
    const both = here.evaluate("${{ hashFiles('**/*.txt') }}", {})
    expect(both).toMatch(/^[0-9a-f]{64}$/)
    expect(here.evaluate("${{ hashFiles('b/two.txt', 'a/one.txt') }}", {})).toBe(both)
    expect(here.evaluate("${{ hashFiles('**/*.txt', '!b/**') }}", {})).not.toBe(both)
    expect(here.evaluate("${{ hashFiles('*.none') }}", {})).toBe('')
  })

  test('does not look outside of the workspace', async () => {
    await using repository = await repositoryOf({ 'a.txt': '1' })
    const here = createExpressions(await loadLanguage(), repository.folder)
    expect(() => here.evaluate("${{ hashFiles('../**') }}", {})).toThrow(
      expect.objectContaining({ code: 'HASH_FILES_PATTERN' }),
    )
  })
})
