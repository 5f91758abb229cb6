import { isSluiceError } from '@sluice/errors'
import { COMMENT_BUDGET, type Report, toMarkdown } from '@sluice/verdict'
import type { Context } from '../context.js'
import { createRest } from '../github/rest.js'
import { commentMarker, fromFork, keepComment, pullRequestOf } from '../github/sticky-comment.js'
import type { CommonInputs } from '../run/inputs.js'
import { runLink } from './run-link.js'
import type { RunnerCommands } from './runner-commands.js'

const INSTEAD = 'The job summary has the report.'

/** What a reader is told; a warning is to be mended and shows on the run's page. */
interface Note {
  readonly level: 'info' | 'warning'
  readonly text: string
}

/**
 * Keeps the run's comment on its pull request when the input `comment` asks for it. Where that is not possible
 * the summary carries the report, and a line of the log says why: a comment never changes a verdict. Where the
 * caller can mend it, an annotation says how.
 */
export async function publishComment(
  report: Report,
  inputs: CommonInputs,
  context: Context,
  commands: Pick<RunnerCommands, 'warning'>,
): Promise<void> {
  if (!inputs.comment) return
  const { level, text } = await attempt(report, inputs, context)
  if (level === 'info') context.log.info(text)
  else commands.warning(text, { title: 'No comment on the pull request' })
}

async function attempt(report: Report, inputs: CommonInputs, context: Context): Promise<Note> {
  const { run } = context
  const pullRequest = pullRequestOf(run)
  if (run.kind !== 'github' || pullRequest === undefined)
    return info('No comment: this run is about no pull request.')
  if (inputs.githubToken === undefined) {
    return info('No comment: set the input `github-token` to that of `github.token`.')
  }
  const rest = createRest(context.fetch, run.apiUrl, inputs.githubToken)
  const link = runLink(run)
  const text = toMarkdown(report, { budget: COMMENT_BUDGET, ...(link ? { run: link } : {}) })
  const marker = commentMarker(report.action, inputs.workingDirectory)
  try {
    const outcome = await keepComment(rest, run.repository, pullRequest, marker, text)
    switch (outcome.state) {
      case 'created':
      case 'updated':
        return info(`Comment on #${pullRequest} ${outcome.state}.`)
      case 'refused':
        return refused(outcome.status, fromFork(run))
      case 'failed':
        return info(`No comment: GitHub answered ${outcome.status}. ${INSTEAD}`)
    }
  } catch (error) {
    const because = isSluiceError(error) ? `${error.code}: ${error.message}` : String(error)
    return info(`No comment: ${because} ${INSTEAD}`)
  }
}

function info(text: string): Note {
  return { level: 'info', text }
}

function refused(status: number, fork: boolean): Note {
  const what = `No comment: the token may not write one (${status})`
  if (fork) return info(`${what}; on a pull request from a fork it never may. ${INSTEAD}`)
  return {
    level: 'warning',
    text: `${what}. Add \`pull-requests: write\` to the \`permissions\` of the job, or of the job that calls the reusable workflow. ${INSTEAD}`,
  }
}
