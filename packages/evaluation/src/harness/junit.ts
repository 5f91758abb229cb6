import { SluiceError } from '@sluice/errors'
import { SaxesParser } from 'saxes'
import { HARNESS_LIMITS, type HarnessCheck, type HarnessResult } from './harness.js'

/**
 * A JUnit report, as pytest, surefire and others write it. A test that was run again until it passed (`rerunFailure`,
 * `flakyFailure`) has failed: what decides is whether it fails.
 * @throws SluiceError HARNESS_MALFORMED when it is no XML or no JUnit; entities of a document type are not expanded
 */
export function readJunit(file: string, text: string): HarnessResult {
  const checks: HarnessCheck[] = []
  const parser = new SaxesParser()
  let depth = 0
  let root = ''
  let current: { name: string; state: HarnessCheck['state']; message: string } | undefined
  parser.on('error', (error) => {
    throw malformed(file, error.message)
  })
  parser.on('doctype', () => {
    throw malformed(file, 'it has a document type, which no JUnit report needs')
  })
  parser.on('opentag', ({ attributes, name }) => {
    if (++depth > HARNESS_LIMITS.depth)
      throw malformed(file, `it is nested more than ${HARNESS_LIMITS.depth} deep`)
    root ||= name
    if (name === 'testcase') {
      if (current !== undefined) throw malformed(file, 'a test stands within another')
      const { classname, name: own } = attributes as Record<string, string | undefined>
      current = { name: [classname, own].filter(Boolean).join('.') || 'test', state: 'passed', message: '' }
    } else if (current !== undefined) {
      const state = Object.hasOwn(STATES, name) ? STATES[name]! : 'passed'
      if (state === 'passed' || RANK[state] < RANK[current.state]) return
      current.state = state
      current.message = String((attributes as Record<string, unknown>)['message'] ?? '')
    }
  })
  parser.on('closetag', ({ name }) => {
    depth--
    if (name !== 'testcase' || current === undefined) return
    if (checks.length >= HARNESS_LIMITS.checks)
      throw malformed(file, `it has more than ${HARNESS_LIMITS.checks} tests`)
    checks.push(current)
    current = undefined
  })
  parser.write(text).close()
  if (root !== 'testsuites' && root !== 'testsuite') throw malformed(file, `its root is ${root || 'nothing'}`)
  const refusals = checks.length === 0 ? ['it has no test'] : []
  return { tool: 'JUnit', metrics: new Map(), checks, conditions: new Map(), refusals }
}

const STATES: Readonly<Record<string, HarnessCheck['state']>> = {
  failure: 'failed',
  error: 'errored',
  skipped: 'skipped',
  rerunFailure: 'failed',
  rerunError: 'errored',
  flakyFailure: 'failed',
  flakyError: 'errored',
}

/** Which of several things that befell a test counts. */
const RANK: Record<HarnessCheck['state'], number> = { passed: 0, skipped: 1, failed: 2, errored: 3 }

function malformed(file: string, found: string): SluiceError {
  return new SluiceError('HARNESS_MALFORMED', `${file} is not a JUnit report: ${found}.`, {
    remedy: 'Give the XML that the test runner wrote, such as pytest --junitxml.',
    at: { file },
  })
}
