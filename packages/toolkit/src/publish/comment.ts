import { isSluiceError } from '@sluice/errors'
import { COMMENT_BUDGET, type Report, toMarkdown } from '@sluice/verdict'
import type { Context } from '../context.js'
import { createRest } from '../github/rest.js'
import { commentMarker, keepComment, pullRequestOf } from '../github/sticky-comment.js'
import type { CommonInputs } from '../run/inputs.js'
import { runLink } from './run-link.js'

/**
 * Keeps the run's comment on its pull request when the input `comment` asks for it. Where that is not possible
 * the summary carries the report, and a line of the log says why: a comment never changes a verdict.
 */
export async function publishComment(report: Report, inputs: CommonInputs, context: Context): Promise<void> {
  if (!inputs.comment) return
  context.log.info(await attempt(report, inputs, context))
}

async function attempt(report: Report, inputs: CommonInputs, context: Context): Promise<string> {
  const { run } = context
  const pullRequest = pullRequestOf(run)
  if (run.kind !== 'github' || pullRequest === undefined)
    return 'No comment: this run is about no pull request.'
  if (inputs.githubToken === undefined) {
    return 'No comment: set the input `github-token` to that of `github.token`.'
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
        return `Comment on #${pullRequest} ${outcome.state}.`
      case 'refused':
        return `No comment: the token may not write one (${outcome.status}); a fork's never may, others need \`pull-requests: write\`. The job summary has the report.`
      case 'failed':
        return `No comment: GitHub answered ${outcome.status}. The job summary has the report.`
    }
  } catch (error) {
    const because = isSluiceError(error) ? `${error.code}: ${error.message}` : String(error)
    return `No comment: ${because} The job summary has the report.`
  }
}
