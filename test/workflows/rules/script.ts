import { get, type Rule, steps } from './document.js'

const LONGEST = 3

/** Logic belongs into an action, where it is tested. */
export const scriptsAreShort: Rule = (document) =>
  steps(document)
    .filter(({ run }) => run.trimEnd().split('\n').length > LONGEST)
    .map(({ node, run }) => ({
      file: document.file,
      line: document.lineOf(get(node, 'run')),
      message: `a script of ${run.trimEnd().split('\n').length} lines; at most ${LONGEST} are wiring.`,
      remedy: 'Put it into an action, or into a file beside the composite action.',
    }))

/** An expression inside a script is replaced by text that its author chose, before the shell reads it. */
export const scriptsHoldNoExpressions: Rule = (document) =>
  steps(document)
    .filter(({ run }) => run.includes('${{'))
    .map(({ node, run }) => ({
      file: document.file,
      line: document.lineOf(get(node, 'run')),
      message: `the script holds ${/\$\{\{.*?\}\}/s.exec(run)?.[0] ?? 'an expression'}: whoever chooses that text runs code.`,
      remedy: 'Pass it by `env:` of the step, and write "$NAME" in the script.',
    }))
