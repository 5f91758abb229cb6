import { posix } from 'node:path'
import { isSluiceError } from '@sluice/errors'
import type { Source, Unread } from '@sluice/rehearsal/page'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

/**
 * Makes the HTML page of reports and statements, and of the ledgers asked for. What cannot be read is named on it.
 * @returns the path of the page
 * @throws SluiceError REPORT_PAGE_TOO_LARGE
 */
export async function makePage(files: readonly string[], inputs: Inputs, context: Context): Promise<string> {
  // Loaded here: without a page nobody pays for a plotting library.
  const { collect, reportPage } = await import('@sluice/rehearsal/page')
  const { evidenceOverTime } = await import('@sluice/rollout')
  const sources: Source[] = []
  for (const file of files) sources.push({ file, text: await context.workspace.readText(file) })
  const { ledgers, unread } = await readLedgers(inputs, context)
  const collected = collect(sources, ledgers, evidenceOverTime)
  const { run } = context
  const page = reportPage({
    title: run.kind === 'github' ? `${run.repository}: the road` : 'The road',
    ...(run.kind === 'github' ? { facts: { Run: run.runId, Attempt: run.runAttempt, Commit: run.sha } } : {}),
    ...collected,
    unread: [...unread, ...collected.unread],
    madeAt: context.clock.now().toISOString(),
  })
  return await context.workspace.write(posix.join(inputs.reportDirectory, 'report/index.html'), page)
}

type LedgerSource = Source & { readonly verified: true }

/** A ledger that cannot be read, as before the first promotion, does not keep the rest from being seen. */
async function readLedgers(
  { config, ledgers }: Inputs,
  context: Context,
): Promise<{ readonly ledgers: readonly LedgerSource[]; readonly unread: readonly Unread[] }> {
  const found: LedgerSource[] = []
  const unread: Unread[] = []
  if (ledgers.length === 0) return { ledgers: found, unread }
  const { answerOf, ledgerJson } = await import('@sluice/promotion')
  for (const environment of ledgers) {
    const file = `the ledger of ${environment}`
    try {
      const answer = await answerOf({ environment, at: context.clock.now(), config }, context)
      found.push({ file, text: ledgerJson(answer), verified: true })
    } catch (error) {
      if (!isSluiceError(error)) throw error
      unread.push({ file, because: `${error.code}: ${error.message}` })
    }
  }
  return { ledgers: found, unread }
}
