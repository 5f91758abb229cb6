import { type ChildProcess, spawn } from 'node:child_process'

/** How a runner ends a process: interrupt, then terminate, then kill (actions/runner ProcessInvoker.cs). */
export interface Patience {
  /** Milliseconds from SIGINT to SIGTERM. */
  readonly interrupt: number
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly terminate: number
}

export const PATIENCE: Patience = { interrupt: 7_500, terminate: 2_500 }

/** After a process has gone, one it left behind may hold its output open; nobody waits for that one longer. */
const DRAIN_MILLISECONDS = 1_000

/** A line without an end is given up here, so that a process cannot fill the memory. */
const LINE_LENGTH = 256 * 1024

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly line: (text: string) => void
  readonly stop: AbortSignal
  readonly patience: Patience
  /** Told the process group, so that what it leaves running can be ended with the job. */
  readonly started: (group: number) => void
}

/**
 * Runs a process in a group of its own and hands over what it prints, line by line.
 * @returns its exit code; 128 and the signal's number when a signal ended it
 * @throws Error when it cannot be started
 */
export async function runChild(options: ChildOptions): Promise<number> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  if (child.pid !== undefined) options.started(child.pid)
  const lines = [child.stdout, child.stderr].map((stream) => {
    const splitter = splitLines(options.line)
    stream.setEncoding('utf8').on('data', splitter.push)
    return splitter
  })
  const ended = endOf(child)
  const stopEnding = endWhenAborted(child, options)
  try {
    return await ended
  } finally {
    stopEnding()
    for (const { flush } of lines) flush()
  }
}

/** Ends every process of a group at once; a group that is gone already is no fault. */
export function killGroup(group: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      const result =
        code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 0)
      const timer = setTimeout(() => resolve(result), DRAIN_MILLISECONDS)
      child.on('close', () => {
        clearTimeout(timer)
        resolve(result)
      })
    })
  })
}

function endWhenAborted(child: ChildProcess, { stop, patience }: ChildOptions): () => void {
  const timers: NodeJS.Timeout[] = []
  const gone = () => child.exitCode !== null || child.signalCode !== null
  const end = () => {
    child.kill('SIGINT')
    timers.push(
      setTimeout(() => {
        if (!gone()) child.kill('SIGTERM')
      }, patience.interrupt),
      setTimeout(() => {
        if (!gone() && child.pid !== undefined) killGroup(child.pid)
      }, patience.interrupt + patience.terminate),
    )
  }
  if (stop.aborted) end()
  else stop.addEventListener('abort', end, { once: true })
  return () => {
    stop.removeEventListener('abort', end)
    for (const timer of timers) clearTimeout(timer)
  }
}

/** An overlong line is left out, not cut: a secret that lies across the cut would be shown in two halves. */
function splitLines(emit: (line: string) => void): { push(text: string): void; flush(): void } {
  let rest = ''
  let leftOut = false
  return {
    push(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      if (leftOut && lines.length > 0) {
        lines.shift()
        leftOut = false
      }
      for (const line of lines) emit(line.endsWith('\r') ? line.slice(0, -1) : line)
      if (!leftOut && rest.length > LINE_LENGTH) {
        emit(`(a line of more than ${LINE_LENGTH / 1024} KiB is left out)`)
        leftOut = true
      }
      if (leftOut) rest = ''
    },
    flush() {
      if (rest !== '') emit(rest)
      rest = ''
    },
  }
}
