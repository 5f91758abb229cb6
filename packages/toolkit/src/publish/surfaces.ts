import { toAnnotations, toMarkdown, toText } from '@sluice/verdict'
import type { Performed } from '../run/perform.js'
import { publishComment } from './comment.js'
import { runLink } from './run-link.js'
import type { RunnerCommands } from './runner-commands.js'

/** UTF-16 units of one output; GitHub takes 1 MiB for all outputs of a job (docs, workflow syntax). */
const OUTPUT_LIMIT = 256 * 1024

/**
 * Publishes a finished run as a step: outputs, log, annotations, summary, comment. Each surface fails by itself:
 * outputs come first, for the next step reads them; the verdict is decided already.
 */
export async function publish(performed: Performed, commands: RunnerCommands): Promise<void> {
  const { context, outcome } = performed
  for (const [name, value] of Object.entries(outputsOf(performed))) {
    if (value.length > OUTPUT_LIMIT) {
      context.log.warning(
        `The output \`${name}\` is too long for GitHub and is left out; the JSON report has it.`,
      )
    } else commands.setOutput(name, value)
  }
  context.log.info(toText(outcome.report).trimEnd())
  annotate(performed, commands)
  writeSummary(performed, commands)
  await publishComment(outcome.report, performed.inputs, context, commands)
}

/** The step's outputs: the action's own, and over them the common ones. */
export function outputsOf({ outcome, files }: Performed): Record<string, string> {
  const { verdict, headline, outputs } = outcome.report
  return {
    ...outputs,
    verdict,
    headline,
    report: files?.report ?? '',
    sarif: files?.sarif ?? '',
    statement: files?.statements.join('\n') ?? '',
  }
}

function annotate({ outcome, base }: Performed, commands: RunnerCommands): void {
  const { error, findings } = outcome.report
  if (error) {
    const { code, message, remedy, at } = error
    commands.error(`${code}: ${message} ${remedy}`, {
      title: code,
      ...(at?.line === undefined ? {} : { file: at.file, startLine: at.line }),
    })
  }
  for (const { level, message, ...properties } of toAnnotations(findings, base)) {
    commands[level](message, properties)
  }
}

function writeSummary({ outcome, inputs, context }: Performed, commands: RunnerCommands): void {
  if (!inputs.summary) return
  const link = runLink(context.run)
  try {
    commands.writeSummary(toMarkdown(outcome.report, link ? { run: link } : {}))
  } catch (error) {
    context.log.warning(`No job summary: ${error instanceof Error ? error.message : String(error)}`)
  }
}
