import { describe, expect, test } from 'vitest'
import type { CallJob } from '../../src/plan/workflow.js'
import { type Files, plan, refusal, STEPS, top } from '../support/plan.js'

describe('permissions', () => {
  const inner = (asked: string, job = '') => ({
    'callee.yml': `on: workflow_call\n${asked}jobs:\n  inner:\n${job}${STEPS}`,
  })
  const grants = (granted: string, head = 'on: push\npermissions: {}') =>
    top(`  call:\n    uses: ./.github/workflows/callee.yml\n${granted}`, head)

  test.each<[string, Files, Record<string, string>]>([
    [
      'nothing said: the default',
      { 'top.yml': top(`  a:\n${STEPS}`, 'on: push') },
      { contents: 'read', packages: 'read' },
    ],
    ['none', { 'top.yml': top(`  a:\n${STEPS}`) }, {}],
    [
      'the job instead of the workflow',
      { 'top.yml': top(`  a:\n    permissions: { checks: write }\n${STEPS}`) },
      { checks: 'write' },
    ],
    [
      'the workflow',
      { 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: { issues: read }') },
      { issues: 'read' },
    ],
  ])('%s', async (_, files, expected) => {
    expect((await plan(files)).jobs.get('a')?.permissions).toEqual(expected)
  })

  test('read-all and write-all grant what each key has', async () => {
    const read = await plan({ 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: read-all') })
    expect(read.jobs.get('a')?.permissions).toMatchObject({ contents: 'read', models: 'read' })
    expect(read.jobs.get('a')?.permissions).not.toHaveProperty('id-token')
    const write = await plan({ 'top.yml': top(`  a:\n${STEPS}`, 'on: push\npermissions: write-all') })
    expect(write.jobs.get('a')?.permissions).toMatchObject({
      contents: 'write',
      'id-token': 'write',
      models: 'read',
    })
  })

  test.each<[string, string, Files]>([
    ['the callee says nothing: what the caller grants', '    permissions: { contents: read }\n', inner('')],
    [
      'the callee asks for as much',
      '    permissions: { contents: read }\n',
      inner('permissions: { contents: read }\n'),
    ],
    [
      'the callee asks for less',
      '    permissions: { contents: write }\n',
      inner('', '    permissions: { contents: read }\n'),
    ],
  ])('%s', async (_, granted, files) => {
    const workflow = await plan({ 'top.yml': grants(granted), ...files })
    const callee = (workflow.jobs.get('call') as CallJob).callee
    expect(callee.jobs.get('inner')?.permissions).toEqual({ contents: 'read' })
  })

  test.each<[string, string, Files, RegExp]>([
    [
      'a workflow that asks for more',
      '',
      inner('permissions: { contents: read }\n'),
      /the workflow `\.\/.github.*` \(\.github\/workflows\/callee\.yml:2\) is requesting `contents: read`, but job `call` is only allowed `contents: none`/,
    ],
    [
      'a nested job that asks for more',
      '    permissions: { contents: read }\n',
      inner('', '    permissions: { contents: write, id-token: write }\n'),
      /the nested job `inner` \(\.github\/workflows\/callee\.yml:4\) is requesting `contents: write, id-token: write`, but job `call` is only allowed `contents: read, id-token: none`/,
    ],
    [
      'read-all under one grant',
      '    permissions: { contents: read }\n',
      inner('permissions: read-all\n'),
      /requesting `actions: read/,
    ],
    [
      'a nested job that would never run',
      '',
      inner('', '    if: false\n    permissions: { checks: write }\n'),
      /checks: write/,
    ],
  ])('%s is a startup failure', async (_, granted, files, message) => {
    const error = await refusal({ 'top.yml': grants(granted), ...files })
    expect(error).toMatchObject({
      code: 'WORKFLOW_INVALID',
      at: { file: '.github/workflows/top.yml', line: 4 },
    })
    expect(error.message).toMatch(/startup failure/)
    expect(error.message).toMatch(message)
    expect(error.remedy).toMatch(
      /^Add to the job `call` in .*top\.yml, line 4:\n {4}permissions:\n( {6}[a-z-]+: (read|write)\n?)+$/,
    )
  })

  test('a grant that is missing further down is to be added where it was last cut', async () => {
    const error = await refusal({
      'top.yml': grants('    permissions: { contents: read }\n'),
      'callee.yml': `on: workflow_call\njobs:\n  middle:\n    uses: ./.github/workflows/last.yml\n`,
      'last.yml': `on: workflow_call\njobs:\n  end:\n    permissions: { packages: write }\n${STEPS}`,
    })
    expect(error.at).toEqual({ file: '.github/workflows/top.yml', line: 4 })
    expect(error.message).toContain('nested job `end` (.github/workflows/last.yml:4)')
    expect(error.remedy).toContain('Add to the job `call` in .github/workflows/top.yml')
  })

  test('they shrink from level to level', async () => {
    const error = await refusal({
      'top.yml': grants('    permissions: { contents: write }\n'),
      'callee.yml': `on: workflow_call\njobs:\n  middle:\n    permissions: { contents: read }\n    uses: ./.github/workflows/last.yml\n`,
      'last.yml': `on: workflow_call\njobs:\n  end:\n    permissions: { contents: write }\n${STEPS}`,
    })
    expect(error.message).toMatch(/callee\.yml:3: startup failure: the nested job `end`.*job `middle`/)
  })
})
