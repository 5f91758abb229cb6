import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { checkFindings, HARNESS_BYTES, readHarness } from '@sluice/evaluation'
import type { Context } from '@sluice/toolkit'
import type { Finding } from '@sluice/verdict'

/** What another tool's file came to. */
export interface ReadResult {
  readonly file: string
  readonly sha256: string
  readonly tool: string
  readonly checks: number
  readonly passed: number
  readonly findings: readonly Finding[]
}

const FILES = 1000

/** @throws SluiceError DATA_RESULTS_NOT_FOUND, HARNESS_MALFORMED, HARNESS_UNKNOWN */
export async function readResults(
  globs: readonly string[],
  { signal, workspace }: Context,
): Promise<ReadResult[]> {
  if (globs.length === 0) return []
  const files = await workspace.glob(globs)
  if (files.length === 0 || files.length > FILES) {
    throw new SluiceError(
      'DATA_RESULTS_NOT_FOUND',
      `\`results\` names ${files.length} files; expected 1 to ${FILES}.`,
      {
        remedy: 'Correct the globs, and run the step after the tools that write the files.',
      },
    )
  }
  const results: ReadResult[] = []
  for (const file of files) {
    signal.throwIfAborted()
    const bytes = await workspace.read(file, HARNESS_BYTES)
    const result = await readHarness(file, bytes)
    results.push({
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      tool: result.tool,
      checks: result.checks.length,
      passed: result.checks.filter(({ state }) => state === 'passed').length,
      findings: checkFindings(file, result),
    })
  }
  return results
}
