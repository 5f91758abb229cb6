/** Runs promptfoo over versions of a small model, into the folder that is given; PROMPTFOO is its command. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const out = resolve(process.argv[2])
const provider = (label, lost) => ({ id: 'file://provider.mjs', label, config: { lost } })
const tests = Array.from({ length: 20 }, (_, flight) => ({
  description: `flight ${flight}`,
  vars: { flight, airport: ['ATL', 'JFK', 'ORD'][flight % 3] },
  assert: [{ type: 'equals', value: flight % 2 === 0 ? 'late' : 'on time', metric: 'same' }],
}))
const ASK = 'Is flight {{flight}} late?'
const runs = {
  champion: { prompts: [ASK], providers: [provider('flights', 0)], tests },
  // In another order: a test is known by what it asks.
  candidate: { prompts: [ASK], providers: [provider('flights', 2)], tests: tests.toReversed() },
  prompted: { prompts: [`Think. ${ASK}`], providers: [provider('flights', 0)], tests },
  filtered: { prompts: [ASK], providers: [provider('flights', 0)], tests: tests.slice(0, 3) },
  both: { prompts: [ASK], providers: [provider('new', 2), provider('old', 0)], tests: tests.slice(0, 3) },
}
const folder = mkdtempSync(join(tmpdir(), 'promptfoo-'))
cpSync(join(import.meta.dirname, 'promptfoo-samples/provider.mjs'), join(folder, 'provider.mjs'))
for (const [name, run] of Object.entries(runs)) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(run))
  const target = `promptfoo-${name}.json`
  const more = { both: ['--repeat', '2'], filtered: ['--filter-first-n', '1'] }[name] ?? []
  try {
    execFileSync(
      process.env.PROMPTFOO,
      ['eval', '-c', 'config.json', '--output', target, '--no-cache', ...more],
      {
        cwd: folder,
        stdio: 'inherit',
        env: {
          ...process.env,
          PROMPTFOO_CONFIG_DIR: join(folder, 'home'),
          PROMPTFOO_DISABLE_TELEMETRY: '1',
          PROMPTFOO_DISABLE_UPDATE: '1',
        },
      },
    )
  } catch (error) {
    // It ends with 100 when a test has failed.
    if (error.status !== 100) throw error
  }
  cpSync(join(folder, target), join(out, target))
}
rmSync(folder, { recursive: true })
