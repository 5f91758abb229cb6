import { readFileSync } from 'node:fs'

/** Whether the process `pid` that was born then is still there. */
export function lives(pid: number, born: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return (birthOf(pid) ?? born) === born
}

/** When a process started, so that a number that was given anew is not taken for the old one; Linux only. */
export function birthOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
