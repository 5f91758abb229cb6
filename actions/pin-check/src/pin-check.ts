import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import {
  type Collection,
  collectReferences,
  judge,
  kindOf,
  LOCK_FILE,
  type PinPolicy,
  pinsSection,
} from '@sluice/pins'
import { type Context, readWaivers } from '@sluice/toolkit'
import {
  attestedVerdict,
  type Finding,
  parseSubject,
  type Result,
  resultOf,
  type Statement,
  testResultStatement,
} from '@sluice/verdict'
import type { Inputs } from './action.js'

/** Examines every file that names what a build fetches, and judges how firmly each reference is pinned. */
export async function checkPins(inputs: Inputs, context: Context): Promise<Result> {
  const section = await loadSection(context.workspace, inputs.config, pinsSection)
  const accept = await readWaivers(inputs, context, 'pin-check')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  const policy: PinPolicy = {
    level: inputs.level ?? section.level,
    trustedOwners: section.trustedOwners,
  }
  const paths = inputs.paths.length > 0 ? inputs.paths : section.paths
  const files = await select(context, paths, section.ignore)
  const collection = await collectReferences(context.workspace, files)
  refuseIfNothingCouldBeRead(collection, files)

  const findings = accept(judge(collection, policy))
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  const unpinned = live.filter(
    (finding) => finding.rule.startsWith('pin-check/unpinned-') && finding.level === 'error',
  )
  const undecided = live.filter((finding) => finding.level === 'unknown')
  return resultOf({
    headline: headline(collection, unpinned.length, undecided.length),
    findings,
    sections: [overview(collection, live)],
    outputs: {
      references: String(collection.references.length),
      unpinned: String(unpinned.length),
      undecided: String(undecided.length),
    },
    statements: subject === undefined ? [] : [evidence(subject, collection, findings, policy)],
  })
}

async function select(
  context: Context,
  paths: readonly string[],
  ignore: readonly string[],
): Promise<string[]> {
  const ignored = new Set(ignore.length === 0 ? [] : await context.workspace.glob(ignore))
  const files = (await context.workspace.glob(paths)).filter(
    (file) => kindOf(file) !== undefined && !ignored.has(file),
  )
  if (files.length > 0) return files
  throw new SluiceError(
    'PIN_FILES_NOT_FOUND',
    `No workflow, action.yml, Dockerfile or requirements file matches ${paths.join(', ').slice(0, 300)}.`,
    { remedy: 'Correct `paths` or `working-directory`; a check of nothing would say nothing.' },
  )
}

/** One malformed file among others is a finding; when there is nothing else, nothing was examined. */
function refuseIfNothingCouldBeRead({ problems, references }: Collection, files: readonly string[]): void {
  const broken = new Set(problems.map((problem) => problem.file))
  const [first] = problems
  if (first === undefined || references.length > 0 || files.some((file) => !broken.has(file))) return
  throw new SluiceError('PIN_FILE_MALFORMED', `${first.file} cannot be examined: ${first.because}.`, {
    remedy: 'Mend the file, or leave it out with `pins.ignore` in sluice.yaml if nothing is built from it.',
    at: {
      file: first.file,
      ...(first.span ? { line: first.span.line, column: first.span.column } : {}),
    },
  })
}

function headline({ references, examined }: Collection, unpinned: number, undecided: number): string {
  const scope = `${count(references.length, 'reference')} in ${count(examined.length, 'file')}`
  if (unpinned > 0) return `${unpinned} of ${scope} can change underneath the build.`
  if (undecided > 0) return `${undecided} of ${scope} could not be decided.`
  return `All of ${scope} are pinned.`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

function overview({ examined }: Collection, live: readonly Finding[]) {
  const rows = examined.map(({ file }) => {
    const own = live.filter((finding) => finding.location?.file === file && finding.level !== 'note')
    return [
      file,
      kindOf(file)?.name ?? (file === LOCK_FILE ? 'lock file' : 'requirements'),
      own.length === 0 ? 'pinned' : `${count(own.length, 'finding')}`,
    ]
  })
  return { kind: 'table' as const, title: 'Files examined', columns: ['File', 'Read as', 'Result'], rows }
}

function evidence(
  subject: { readonly name: string; readonly digest: string },
  { examined }: Collection,
  findings: readonly Finding[],
  policy: PinPolicy,
): Statement {
  const files = examined.map(({ file }) => file)
  const of = (file: string) => attestedVerdict(findings.filter((finding) => finding.location?.file === file))
  return testResultStatement(subject, {
    check: 'pin-check',
    verdict: attestedVerdict(findings),
    configuration: [
      { name: 'pins', annotations: { level: policy.level, trustedOwners: policy.trustedOwners } },
      ...examined.map(({ file, sha256 }) => ({ name: file, digest: { sha256 } })),
    ],
    passed: files.filter((file) => of(file) === 'pass'),
    warned: files.filter((file) => of(file) === 'warn'),
    failed: files.filter((file) => of(file) === 'fail' || of(file) === 'inconclusive'),
  })
}
