import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './checkout.js'

const check = (...args: string[]) =>
  spawnSync(process.execPath, [`${root}scripts/check-directions.mjs`, ...args], { encoding: 'utf8' })

test('the directions of the design hold', () => {
  expect(check()).toMatchObject({ status: 0, stderr: '' })
})

test('a package that reaches upwards is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-directions-'))
  try {
    for (const name of ['package.json', 'tsconfig.json', 'src']) {
      cpSync(`${root}packages/oci/${name}`, join(folder, 'packages/oci', name), { recursive: true })
      cpSync(`${root}actions/pin-check/${name}`, join(folder, 'actions/pin-check', name), { recursive: true })
    }
    writeFileSync(
      join(folder, 'packages/oci/src/upwards.ts'),
      "import { verifyEvidence } from '@sluice/evidence'\n",
    )
    const { status, stderr } = check(folder)
    expect(status).toBe(1)
    expect(stderr).toContain('packages/oci/src/upwards.ts imports @sluice/evidence')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
