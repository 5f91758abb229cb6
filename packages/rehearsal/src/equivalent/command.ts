import { execFile } from 'node:child_process'

export interface CommandOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stop: AbortSignal
}

const OUTPUT_BYTES = 64 * 1024 * 1024

/** Runs a command of this machine to its end. @returns what it printed, or why it failed */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, stop }: CommandOptions,
): Promise<{ readonly stdout: string; readonly fault?: string }> {
  return new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { cwd, env, signal: stop, maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        resolve(error ? { stdout, fault: stderr.trim() || error.message } : { stdout })
      },
    )
  })
}
