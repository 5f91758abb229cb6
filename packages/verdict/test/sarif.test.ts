import { readFileSync } from 'node:fs'
import Ajv04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toSarif } from '../src/index.js'
import { anyReport, findingWith, reportWith } from './reports.js'

const schema = JSON.parse(readFileSync(new URL('fixtures/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8'))
const ajv = new Ajv04.default({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

test('any report is valid against the official schema', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      validate(JSON.parse(toSarif(report)))
      expect(validate.errors ?? []).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('a finding becomes a result at its place in the repository, with its fingerprint', () => {
  const location = { file: 'a b/Dockerfile', line: 3, column: 6 }
  const sarif = JSON.parse(toSarif(reportWith({ findings: [findingWith({ location })] }), 'services/x'))
  expect(sarif.runs[0].results[0]).toMatchObject({
    ruleId: 'pins/unpinned',
    level: 'error',
    partialFingerprints: { 'sluice/v1': 'a'.repeat(32) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'services/x/a%20b/Dockerfile' },
          region: { startLine: 3, startColumn: 6 },
        },
      },
    ],
  })
})

test('what could not be decided is an error and says so; what is waived is suppressed', () => {
  const findings = [
    findingWith({ level: 'unknown', message: 'The format is unknown.' }),
    findingWith({ waivedBy: { owner: 'o', reason: 'r', expires: '2026-12-31' } }),
  ]
  const [undecided, waived] = JSON.parse(toSarif(reportWith({ findings }))).runs[0].results
  expect(undecided).toMatchObject({
    level: 'error',
    message: { text: 'Not decided: The format is unknown.' },
  })
  expect(waived.suppressions).toMatchObject([{ kind: 'external', status: 'accepted' }])
})

test('every result has a location, for code scanning refuses a file in which one has none', () => {
  const { results } = JSON.parse(toSarif(reportWith({ findings: [findingWith({})] }))).runs[0]
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('sluice/pin-check')
})

test('an error of the run is a notification, and the execution failed', () => {
  const error = { code: 'NETWORK_TIMEOUT', message: 'm', remedy: 'r' }
  const [invocation] = JSON.parse(toSarif(reportWith({ error }))).runs[0].invocations
  expect(invocation).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ level: 'error', descriptor: { id: 'NETWORK_TIMEOUT' } }],
  })
})
