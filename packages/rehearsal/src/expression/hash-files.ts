import { createHash } from 'node:crypto'
import { type Dirent, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import picomatch from 'picomatch'

const ENTRY_LIMIT = 200_000
const FILE_LIMIT = 512 * 1024 * 1024

/**
 * `hashFiles(…)`: SHA-256 over the SHA-256 of each regular file below `workspace` that matches, in the order of
 * their paths; '' without a match. Patterns are relative to the workspace, `!` takes out; links are not followed.
 * @throws SluiceError HASH_FILES_PATTERN for a pattern that leads out, HASH_FILES_TOO_MUCH beyond the caps
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const rules = patterns
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => rule(workspace, line))
  const hash = createHash('sha256')
  let found = false
  for (const file of files(workspace)) {
    const included = rules.reduce((kept, { takesOut, matches }) => (matches(file) ? !takesOut : kept), false)
    if (!included) continue
    found = true
    hash.update(
      createHash('sha256')
        .update(contents(join(workspace, file), file))
        .digest(),
    )
  }
  return found ? hash.digest('hex') : ''
}

interface Rule {
  readonly takesOut: boolean
  readonly matches: (file: string) => boolean
}

function rule(workspace: string, line: string): Rule {
  const takesOut = line.startsWith('!')
  let pattern = (takesOut ? line.slice(1) : line).trim()
  if (pattern.startsWith(`${workspace}/`)) pattern = pattern.slice(workspace.length + 1)
  pattern = pattern.replace(/^(\.\/)+/, '')
  if (pattern.startsWith('/') || pattern.split('/').includes('..')) {
    throw new SluiceError(
      'HASH_FILES_PATTERN',
      `hashFiles was given \`${line}\`, which leads out of the workspace.`,
      {
        remedy: 'Use patterns relative to the workspace.',
      },
    )
  }
  const matchers = [pattern, `${pattern.replace(/\/$/, '')}/**`].map((glob) => picomatch(glob, { dot: true }))
  return { takesOut, matches: (file) => matchers.some((matches) => matches(file)) }
}

function files(workspace: string): string[] {
  const found: string[] = []
  const folders = ['']
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(workspace, folder), { withFileTypes: true }) as Dirent[]) {
      if (++entries > ENTRY_LIMIT) throw tooMuch(`more than ${ENTRY_LIMIT} entries`)
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  return found.sort()
}

function contents(path: string, file: string): Buffer {
  if (lstatSync(path).size > FILE_LIMIT) throw tooMuch(`${file}, of more than ${FILE_LIMIT} bytes`)
  return readFileSync(path)
}

function tooMuch(what: string): SluiceError {
  return new SluiceError('HASH_FILES_TOO_MUCH', `hashFiles met ${what} in the workspace.`, {
    remedy: 'Check out less, or name fewer files.',
    kind: 'surroundings',
  })
}
