import { SluiceError } from '@sluice/errors'

/** More than any step has reason to write; GitHub takes 1 MiB an output and 50 MiB a run. */
export const FILE_BYTES = 50 * 1024 * 1024

/**
 * Reads what a step wrote to GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE: `name=value` lines and
 * `name<<delimiter` blocks, by the rules of actions/runner src/Runner.Worker/FileCommandManager.cs.
 * A block ends at the first line that is the delimiter and nothing else; later assignments win.
 * @throws SluiceError RUNNER_FILE_INVALID, on which a runner fails the step
 */
export function parseAssignments(text: string): readonly (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = []
  const lines = text.split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const block = line.indexOf('<<')
    if (block >= 0 && (equals < 0 || block < equals)) {
      const name = line.slice(0, block)
      const delimiter = line.slice(block + 2)
      if (name === '' || delimiter === '') {
        throw invalid(`'${line}' names no ${name === '' ? 'output' : 'delimiter'}`, index)
      }
      const end = lines.indexOf(delimiter, index + 1)
      if (end < 0) throw invalid(`the delimiter '${delimiter}' of '${name}' does not come again`, index)
      found.push([name, lines.slice(index + 1, end).join('\n')])
      index = end
    } else if (equals > 0) {
      found.push([line.slice(0, equals), line.slice(equals + 1)])
    } else {
      throw invalid(`'${line.slice(0, 200)}' is neither name=value nor name<<delimiter`, index)
    }
  }
  return found
}

/** Reads GITHUB_PATH: a folder a line, in the order written. */
export function parsePaths(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

function invalid(what: string, index: number): SluiceError {
  return new SluiceError('RUNNER_FILE_INVALID', `Line ${index + 1} of the runner's file: ${what}.`, {
    remedy:
      'Write name=value, or name<<delimiter, the lines of the value, and the delimiter alone on a line.',
  })
}
