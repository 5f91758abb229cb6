import type { AnnotationProperties } from '@actions/core'

/** What a step tells its runner; `@actions/core` on a runner, a record in tests. */
export interface RunnerCommands {
  setOutput(name: string, value: string): void
  setSecret(value: string): void
  error(message: string, properties?: AnnotationProperties): void
  warning(message: string, properties?: AnnotationProperties): void
  debug(text: string): void
  /** Writes a line of the log. */
  log(line: string): void
  /** Appends to the job summary. */
  writeSummary(markdown: string): Promise<void>
}

/** Loaded only on a runner: the command line starts faster without it. */
export async function coreCommands(): Promise<RunnerCommands> {
  const { debug, error, setOutput, setSecret, summary, warning } = await import('@actions/core')
  return {
    setOutput,
    setSecret,
    error,
    warning,
    debug,
    log: (line) => process.stdout.write(line),
    writeSummary: async (markdown) => {
      await summary.addRaw(markdown).write()
    },
  }
}
