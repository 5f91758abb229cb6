import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Runs in a process of its own: notes the groups it is told (`+123`, `-123`), and ends those that are left when its
 * input ends, which it does by itself when the rehearsal dies, whatever it dies of.
 */
const PROGRAM = `
const groups = new Set()
let rest = ''
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('SIGHUP', () => {})
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\\n')
  rest = lines.pop()
  for (const line of lines) line[0] === '+' ? groups.add(+line.slice(1)) : groups.delete(+line.slice(1))
}).on('close', () => {
  for (const group of groups) try { process.kill(-group, 'SIGKILL') } catch {}
})
`

let watcher: ChildProcess | undefined

/** Sees to it that a process group does not outlive this process, even when that is killed. */
export function watchGroup(group: number): void {
  tell(`+${group}\n`)
}

/** A group that has ended: its number may be another one's soon. */
export function forgetGroup(group: number): void {
  if (watcher !== undefined) tell(`-${group}\n`)
}

function tell(line: string): void {
  watcher ??= start()
  watcher.stdin?.write(line)
}

function start(): ChildProcess {
  // A group of its own: an interrupt from the terminal is for the rehearsal, which ends its steps in order.
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  })
  child.on('error', () => {
    watcher = undefined
  })
  child.on('exit', () => {
    watcher = undefined
  })
  child.stdin?.on('error', () => {})
  child.unref()
  ;(child.stdin as unknown as { unref?: () => void } | null)?.unref?.()
  return child
}
