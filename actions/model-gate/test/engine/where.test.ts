import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { action } from '../../src/action.js'

type Given = Parameters<typeof inputsWith<typeof action.inputs>>[1]

const RULES = 'evaluation:\n  rules:\n    - { metric: accuracy, margin: 0.03 }\n'

async function gate(given: Given, rules = RULES) {
  await using context = await testContext({
    files: { 'sluice.yaml': rules, 's.csv': 'id,label,score,other\n1,1,0.5,0.6\n2,0,0.5,0.4\n' },
  })
  return await action.run(inputsWith(action, given), context)
}

test.each([
  ['a table without a server', { candidate: 's.csv', candidateTable: 't', firstRelease: true }],
  ['a password without a server', { candidate: 's.csv', enginePassword: 'secret', firstRelease: true }],
  [
    'a server without a table',
    { engine: 'trino', engineUrl: 'https://trino.example.org', firstRelease: true },
  ],
  ['a server without an address', { engine: 'trino', candidateTable: 't', championTable: 'u' }],
  ['a server and a file', { engine: 'trino', candidate: 's.csv', firstRelease: true }],
  [
    'a table whose name has an empty part',
    { engine: 'trino', engineUrl: 'https://trino.example.org', candidateTable: 'a..b', championTable: 'c' },
  ],
  ['a file of another run', { engine: 'duckdb', candidate: 's.csv', champion: 'git:main:s.csv' }],
] as [string, Given][])('%s is refused', async (_, given) => {
  await expect(gate(given)).rejects.toMatchObject({ code: 'ENGINE_INPUTS_INVALID' })
})

test('a rule that needs the rows is refused by its name before an engine is asked', async () => {
  const rules = 'evaluation:\n  rules:\n    - { metric: ece, atMost: 0.1 }\n'
  const given = {
    engine: 'trino',
    engineUrl: 'https://trino.example.org',
    candidateTable: 't',
    firstRelease: true,
  } as const
  await expect(gate(given, rules)).rejects.toMatchObject({
    code: 'EVALUATION_NOT_PUSHABLE',
    message: expect.stringContaining('ece'),
  })
})

test('small files are read in process by themselves', async () => {
  const result = await gate({
    candidate: 's.csv',
    champion: 's.csv',
    candidateColumn: 'score',
    championColumn: 'other',
  })
  expect(result.outputs['rows']).toBe('2')
  expect(JSON.stringify(result)).not.toContain('duckdb')
})
