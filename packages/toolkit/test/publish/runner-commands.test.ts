import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debug, error, setOutput, setSecret, warning } from '@actions/core'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { runnerCommands } from '../../src/publish/runner-commands.js'

const peers = { error, warning }
const folder = mkdtempSync(join(tmpdir(), 'sluice-commands-'))
const withoutDelimiters = (text: string) => text.replace(/ghadelimiter_[0-9a-f-]{36}/g, 'DELIMITER')

/** What `act` writes to standard output. */
function printed(act: () => void): string {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text))
    return true
  })
  try {
    act()
  } finally {
    spy.mockRestore()
  }
  return lines.join('')
}

function ours(act: (commands: ReturnType<typeof runnerCommands>) => void): string {
  const lines: string[] = []
  act(runnerCommands({}, (text) => lines.push(text)))
  return lines.join('')
}

afterEach(() => vi.unstubAllEnvs())

test('commands are written as @actions/core writes them', () => {
  const place = fc.record(
    {
      title: fc.string({ minLength: 1 }),
      file: fc.string({ minLength: 1 }),
      startLine: fc.integer({ min: 1 }),
      endLine: fc.integer({ min: 1 }),
      startColumn: fc.integer({ min: 1 }),
      endColumn: fc.integer({ min: 1 }),
    },
    { requiredKeys: [] },
  )
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a%\r\nb', '::x::', 'a,b:c'))
  fc.assert(
    fc.property(text, place, (message, at) => {
      for (const level of ['error', 'warning'] as const) {
        expect(ours((commands) => commands[level](message, at))).toBe(
          printed(() => peers[level](message, at)),
        )
      }
      expect(ours((commands) => commands.setSecret(message))).toBe(printed(() => setSecret(message)))
      expect(ours((commands) => commands.debug(message))).toBe(printed(() => debug(message)))
    }),
  )
})

test('outputs are written as @actions/core writes them, whatever their value holds', () => {
  const [own, peer] = [join(folder, 'own'), join(folder, 'peer')]
  vi.stubEnv('GITHUB_OUTPUT', peer)
  fc.assert(
    fc.property(fc.string(), (value) => {
      for (const file of [own, peer]) writeFileSync(file, '')
      runnerCommands({ GITHUB_OUTPUT: own }, () => {}).setOutput('name', value)
      setOutput('name', value)
      const text = readFileSync(own, 'utf8')
      expect(withoutDelimiters(text)).toBe(withoutDelimiters(readFileSync(peer, 'utf8')))
    }),
  )
})

test('a value that knows how outputs are written cannot set another one', () => {
  const file = join(folder, 'hostile')
  writeFileSync(file, '')
  runnerCommands({ GITHUB_OUTPUT: file }, () => {}).setOutput('a', 'x\nghadelimiter_0\nverdict<<E\npass\nE')
  const [, delimiter] = /^a<<(.+)$/m.exec(readFileSync(file, 'utf8')) ?? []
  expect(readFileSync(file, 'utf8').split(`\n${delimiter}\n`)).toHaveLength(2)
})

test.each([{}, { GITHUB_OUTPUT: join(folder, 'none/there') }])(
  "without the runner's file an output is an error",
  (env) => {
    expect(() => runnerCommands(env, () => {}).setOutput('a', 'b')).toThrow(
      expect.objectContaining({ code: 'RUNNER_FILE_UNUSABLE', kind: 'surroundings' }),
    )
  },
)
