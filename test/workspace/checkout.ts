import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The checkout's root, with a trailing slash. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Paths of the files under version control or about to be, relative to the root. */
export function files(...patterns: string[]): string[] {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    cwd: root,
    encoding: 'utf8',
  })
  return [...new Set(list.split('\n').filter((file) => file !== ''))].sort()
}
