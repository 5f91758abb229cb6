import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type Report, toJson, toSarif, withOccasion } from '@sluice/verdict'
import type { RunContext, Workspace } from '../context.js'

/** Absolute paths of what a run wrote. */
export interface ReportFiles {
  readonly report: string
  readonly sarif: string
  readonly statements: readonly string[]
}

/** Removes the files that an earlier run of the same action left in the report directory. */
export async function clearReports(workspace: Workspace, directory: string, action: string): Promise<void> {
  const folder = await workspace.resolve(directory)
  const names = await readdir(folder).catch(() => [])
  const own = names.filter((name) => isReportOf(action, name))
  await Promise.all(own.map((name) => rm(join(folder, name), { force: true })))
}

/**
 * Writes `<action>.json`, `<action>.sarif` and `<action>.statement[.n].json`, each whole or not at all.
 * @param base folder of the findings' files in the checkout, `.` for its root
 * @throws SluiceError REPORT_UNWRITABLE
 */
export async function writeReports(
  workspace: Workspace,
  directory: string,
  report: Report,
  base: string,
  run: RunContext,
): Promise<ReportFiles> {
  const write = (name: string, text: string) =>
    workspace.write(`${directory}/${name}`, text).catch((cause: unknown) => {
      throw unwritable(directory, cause)
    })
  const statements: string[] = []
  for (const [index, statement] of report.statements.entries()) {
    const number = index === 0 ? '' : `.${index + 1}`
    statements.push(
      await write(
        `${report.action}.statement${number}.json`,
        `${JSON.stringify(withOccasion(statement, { finishedAt: report.finishedAt, ...attemptOf(run) }), null, 2)}\n`,
      ),
    )
  }
  const sarif = await write(`${report.action}.sarif`, toSarif(report, base))
  return { report: await write(`${report.action}.json`, toJson(report)), sarif, statements }
}

function attemptOf(run: RunContext): { readonly attempt?: number } {
  const attempt = run.kind === 'github' ? Number(run.runAttempt) : Number.NaN
  return Number.isSafeInteger(attempt) && attempt > 0 ? { attempt } : {}
}

function isReportOf(action: string, name: string): boolean {
  return (
    name === `${action}.json` ||
    name === `${action}.sarif` ||
    (name.startsWith(`${action}.statement.`) && name.endsWith('.json'))
  )
}

function unwritable(directory: string, cause: unknown): SluiceError {
  const because = cause instanceof Error ? cause.message : String(cause)
  return new SluiceError('REPORT_UNWRITABLE', `No report can be written to \`${directory}\`: ${because}`, {
    remedy: 'Set `report-directory` to a folder inside the working directory that the job may write to.',
    cause,
  })
}
