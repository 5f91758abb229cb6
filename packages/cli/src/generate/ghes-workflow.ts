import { SluiceError } from '@sluice/errors'
import { PROJECT } from '@sluice/verdict'

/** What a variant for GitHub Enterprise Server is called: it lies beside the workflow that it is made from. */
export function ghesName(file: string): string {
  return `ghes-${file}`
}

const UPLOAD = 'actions/upload-artifact@ff15f0306b3f739f7b6fd43fb5d26cd321bd4de5 # v3.2.1'
const DOWNLOAD = 'actions/download-artifact@9bc31d5ccc31df68ecc42ccf4149144866c47d8a # v3.0.2'

/** One thing that a server does not know, and what takes its place. */
type Change = readonly [from: RegExp, to: string]

const REF = `@v${PROJECT.version}`
const CHANGES: readonly Change[] = [
  // No `$/`: the release names itself by its tag, in the mirror of this repository on that server.
  [/\$\/\.github\/workflows\/([\w-]+\.yml)/g, `${PROJECT.repository}/.github/workflows/ghes-$1${REF}`],
  [/\$\/([\w./-]+)/g, `${PROJECT.repository}/$1${REF}`],
  // No artifacts of version 4 and later. Those of version 3 have no patterns, and take a name again without being told.
  [/actions\/upload-artifact@\S+ # \S+/g, UPLOAD],
  [/actions\/download-artifact@\S+ # \S+/g, DOWNLOAD],
  [/\n +overwrite: true(?=\n)/g, ''],
  // No queues: a newer waiting run takes the place of an older waiting one.
  [/\n +queue: max(?=\n)/g, ''],
]

/**
 * A reusable workflow as a GitHub Enterprise Server takes it.
 * @param file name of the workflow, as the variant's first line says
 * @throws SluiceError GENERATE_GHES when something is left that a server does not know
 */
export function ghesWorkflow(file: string, text: string): string {
  const changed = CHANGES.reduce((current, [from, to]) => current.replace(from, to), text)
  const left = /\$\/\S*|pattern:|queue:|merge-multiple:/.exec(changed)?.[0]
  if (left !== undefined) {
    throw new SluiceError(
      'GENERATE_GHES',
      `.github/workflows/${file} uses \`${left}\` in a way that has no variant for a server.`,
      {
        remedy: 'Say in packages/cli/src/generate/ghes-workflow.ts what takes its place.',
      },
    )
  }
  const head = `# Generated from ${file} by \`npm run generate\`, for GitHub Enterprise Server; edit that.\n`
  return head + changed.replace(/^name: (.*)$/m, 'name: ghes-$1')
}
