import { type Finding, fingerprint } from '@sluice/verdict'
import type { Issue } from './issue.js'

/** The findings of a file's issues. `file` is relative to the workspace. */
export function toFindings(file: string, issues: readonly Issue[]): Finding[] {
  return issues.map((issue) => {
    const { rule, level, member, offset, global, remedy } = issue
    const where = [file, ...(member === undefined ? [] : [member])].join(' › ')
    const at = offset === undefined ? '' : `, byte ${offset}`
    return {
      rule,
      level,
      message: `${where}${at}: ${issue.message}`,
      location: { file },
      fingerprint: fingerprint(rule, file, member ?? '', global ?? issue.message),
      remedy,
    }
  })
}
