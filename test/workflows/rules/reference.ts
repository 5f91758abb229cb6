import { PROJECT } from '@sluice/verdict'
import { type Document, entries, get, type Problem, type Rule, steps, text } from './document.js'

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/
const VERSION = /# v\d+\.\d+\.\d+$/

/** Actions of others stand by commit, with the version beside it; ours by `$/`, which is this very commit. */
export const othersArePinned: Rule = (document) =>
  steps(document)
    .filter(({ uses }) => uses !== '' && !uses.startsWith('$/'))
    .flatMap(({ node, uses }) => {
      const line = document.lineOf(get(node, 'uses'))
      const problem = (message: string, remedy: string) => [{ file: document.file, line, message, remedy }]
      if (uses.startsWith(`${PROJECT.repository}/`) || uses.startsWith('./')) {
        return problem(`\`${uses}\` is not the commit that is running.`, 'Write `$/actions/<name>`.')
      }
      if (!PINNED.test(uses)) {
        return problem(`\`${uses}\` can be moved.`, 'Pin it to the 40 hex digits of its commit.')
      }
      return VERSION.test(document.lines[line - 1] ?? '')
        ? []
        : problem(`\`${uses}\` does not say which version it is.`, 'Append `# vX.Y.Z`.')
    })

/** The repository's checkout needs no credentials left behind. */
export const checkoutsKeepNoCredentials: Rule = (document) =>
  steps(document)
    .filter(({ uses }) => uses.startsWith('actions/checkout@'))
    .filter(({ node }) => text(get(node, 'with', 'persist-credentials')) !== 'false')
    .map(({ node }) => ({
      file: document.file,
      line: document.lineOf(get(node, 'uses')),
      message: 'the checkout leaves its token in `.git/config`, where every later step reads it.',
      remedy: 'Add `with: { persist-credentials: false }`.',
    }))

/** Starter workflows call ours by the full version of this release. */
export const templatesCallThisVersion: Rule = (document) =>
  entries(get(document.root, 'jobs')).flatMap(({ at, value }) => {
    const uses = get(value, 'uses')
    const expected = new RegExp(
      `^${PROJECT.repository}/\\.github/workflows/[\\w-]+\\.yml@v${PROJECT.version.replaceAll('.', '\\.')}$`,
    )
    if (expected.test(text(uses))) return []
    return [
      {
        file: document.file,
        line: document.lineOf(uses ?? at),
        message: `\`${text(uses) || 'no `uses`'}\` is no workflow of this release.`,
        remedy: `Write \`${PROJECT.repository}/.github/workflows/<name>.yml@v${PROJECT.version}\`.`,
      },
    ]
  })

/** Reads a file of this repository; undefined where there is none. */
export type Reader = (path: string) => Document | undefined

/** What a step passes to `$/…` exists in that action, and what the action requires is passed. */
export function inputsExist(read: Reader): Rule {
  return (document) =>
    steps(document)
      .filter(({ uses }) => uses.startsWith('$/'))
      .flatMap(({ node, uses }): Problem[] => {
        const at = get(node, 'uses')
        const action = read(`${uses.slice(2)}/action.yml`)
        if (action === undefined) {
          const remedy = 'Name a folder with an action.yml.'
          return [
            { file: document.file, line: document.lineOf(at), message: `there is no \`${uses}\`.`, remedy },
          ]
        }
        const declared = entries(get(action.root, 'inputs'))
        const given = entries(get(node, 'with'))
        const names = declared.map(({ key }) => key)
        const unknown = given
          .filter(({ key }) => !names.includes(key))
          .map((entry) => ({
            file: document.file,
            line: document.lineOf(entry.at),
            message: `\`${uses}\` has no input \`${entry.key}\`.`,
            remedy: `It takes ${names.join(', ')}.`,
          }))
        const missing = declared
          .filter(
            ({ key, value }) =>
              text(get(value, 'required')) === 'true' && !given.some((one) => one.key === key),
          )
          .map(({ key }) => ({
            file: document.file,
            line: document.lineOf(at),
            message: `\`${uses}\` requires the input \`${key}\`.`,
            remedy: `Give \`${key}\` under \`with\`.`,
          }))
        return [...unknown, ...missing]
      })
}
