import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from '../workspace/checkout.js'

test('what this repository’s own workflows, actions and requirements fetch is pinned', async () => {
  const bundle = join(root, 'actions/pin-check/dist/index.js')
  // The exit code says whether it passed; a rejection shows the findings.
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, '--format', 'json'], {
    cwd: root,
    env: { PATH: process.env['PATH'] },
  })
  const report = JSON.parse(stdout) as { verdict: string; sections: { rows: string[][] }[] }
  expect(report.verdict).toBe('pass')
  const files = report.sections[0]?.rows.map(([file]) => file)
  expect(files).toContain('.github/workflows/model-release.yml')
  expect(files).toContain('.github/actions/permissions/action.yml')
})
