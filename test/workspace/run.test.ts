import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from './checkout.js'

const DIST = 'actions/one/dist/index.js'

/** A checkout in small, with this one's scripts and tools: one action, and a command line that says what it finds. */
let checkout: string
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'sluice-test-run-'))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(checkout, file)), { recursive: true })
    writeFileSync(join(checkout, file), text)
  }
  cpSync(join(root, 'scripts'), join(checkout, 'scripts'), { recursive: true })
  write('package.json', '{ "type": "module" }')
  write('pnpm-lock.yaml', '')
  write('tsconfig.json', '{ "files": ["one.ts"], "compilerOptions": { "noEmit": true, "types": [] } }')
  write('one.ts', 'export {}\n')
  write('actions/one/lib/index.js', 'console.log("one")\n')
  const says = `console.log(existsSync(${JSON.stringify(join(checkout, DIST))}), process.cwd())`
  write('packages/cli/lib/main.js', `import { existsSync } from 'node:fs'\n${says}\n`)
  mkdirSync(join(checkout, 'node_modules'))
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (!entry.startsWith('.'))
      symlinkSync(join(root, 'node_modules', entry), join(checkout, 'node_modules', entry))
  }
  // Set up already, as scripts/setup.mjs tells it: nothing is to be installed.
  const hash = createHash('sha256')
  for (const [file, text] of [
    ['pnpm-lock.yaml', ''],
    ['package.json', '{ "type": "module" }'],
  ] as const) {
    hash.update(file).update(text)
  }
  write('node_modules/.sluice-setup', hash.digest('hex'))
})
afterEach(() => rmSync(checkout, { recursive: true, force: true }))

function sluice(...args: string[]): string {
  const env = { ...process.env, INIT_CWD: tmpdir() }
  const command = [join(checkout, 'scripts/run.mjs'), 'sluice', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return stdout.trim()
}

test('a rehearsal from a checkout has the actions bundled first, each time they are not there', () => {
  expect(sluice('rehearse', 'pr.yml')).toBe(`true ${tmpdir()}`)
  rmSync(join(checkout, DIST))
  expect(sluice('rehearse', 'pr.yml')).toBe(`true ${tmpdir()}`)
})

test('other commands do not wait for that', () => {
  expect(sluice('pin-check')).toBe(`false ${tmpdir()}`)
  expect(existsSync(join(checkout, DIST))).toBe(false)
})
