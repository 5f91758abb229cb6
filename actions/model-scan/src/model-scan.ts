import { loadSection, type ModelScanSettings, modelSection, scanSection } from '@sluice/config'
import {
  type Examination,
  examineFile,
  openFile,
  type PicklePolicy,
  picklePolicy,
  proveDenial,
  sha256,
  toFindings,
} from '@sluice/modelfiles'
import { type Context, readWaivers } from '@sluice/toolkit'
import {
  attestedVerdict,
  type Finding,
  fingerprint,
  parseSubject,
  type Result,
  resultOf,
  type Section,
  type Statement,
  type Subject,
  testResultStatement,
} from '@sluice/verdict'
import type { Inputs } from './action.js'
import { selectFiles } from './select.js'

interface Examined extends Examination {
  readonly file: string
  readonly sha256: string
}

/** Examines every model file by its content under a default-deny policy, and says which may be loaded. */
export async function scanModels(inputs: Inputs, context: Context): Promise<Result> {
  const { models: settings } = await loadSection(context.workspace, inputs.config, scanSection)
  const model = await loadSection(context.workspace, inputs.config, modelSection)
  const accept = await readWaivers(inputs, context, 'model')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  const today = context.clock.today()
  const policy = picklePolicy(settings, today)
  proveDenial(policy)

  const { files, links } = await selectFiles(
    context.workspace,
    inputs.paths.length > 0 ? inputs.paths : (settings.paths ?? [model?.path ?? 'models']),
  )
  const examined: Examined[] = []
  for (const file of files) {
    context.signal.throwIfAborted()
    examined.push(await examine(context, file, policy))
  }
  const found = examined.flatMap(({ file, issues }) => toFindings(file, issues))
  const findings = accept([...found, ...links.map(linkFinding)])
  const dangerous = filesWith(findings, 'error')
  const undecided = filesWith(findings, 'unknown')
  return resultOf({
    headline: headline(files.length + links.length, dangerous, undecided),
    findings,
    sections: sections(examined, findings),
    outputs: {
      files: String(examined.length),
      dangerous: String(dangerous.length),
      undecided: String(undecided.length),
    },
    statements: subject === undefined ? [] : [evidence(subject, examined, findings, settings)],
  })
}

async function examine(context: Context, file: string, policy: PicklePolicy): Promise<Examined> {
  await using source = await openFile(await context.workspace.resolve(file), file)
  const digest = await sha256(source)
  return { file, sha256: digest, ...(await examineFile(source, policy)) }
}

function linkFinding(file: string): Finding {
  return {
    rule: 'model/link-not-followed',
    level: 'unknown',
    message: `${file} is a symbolic link, which is not followed and so not examined.`,
    location: { file },
    fingerprint: fingerprint('model/link-not-followed', file),
    remedy: 'Put the file itself there, or leave the link out of `paths`.',
  }
}

function filesWith(findings: readonly Finding[], level: Finding['level']): string[] {
  const live = findings.filter((finding) => finding.waivedBy === undefined && finding.level === level)
  return [...new Set(live.flatMap(({ location }) => location?.file ?? []))]
}

function headline(total: number, dangerous: readonly string[], undecided: readonly string[]): string {
  const scope = `${total} ${total === 1 ? 'file' : 'files'}`
  if (dangerous.length > 0)
    return `${dangerous.length} of ${scope} could run code when loaded: ${some(dangerous)}.`
  if (undecided.length > 0) return `${undecided.length} of ${scope} could not be decided: ${some(undecided)}.`
  return `${scope} examined; loading runs nothing that is not allowed.`
}

function some(files: readonly string[]): string {
  return files.length <= 3 ? files.join(', ') : `${files.slice(0, 3).join(', ')} and ${files.length - 3} more`
}

function sections(examined: readonly Examined[], findings: readonly Finding[]): Section[] {
  const dangerous = new Set(filesWith(findings, 'error'))
  const undecided = new Set(filesWith(findings, 'unknown'))
  const word = (file: string) =>
    dangerous.has(file) ? 'could run code' : undecided.has(file) ? 'not decided' : 'may be loaded'
  const imports = examined.flatMap(({ file, globals }) =>
    globals.map(({ module, name, member }) => [file, member ?? '', `${module}.${name}`]),
  )
  return [
    {
      kind: 'table',
      title: 'Files examined',
      columns: ['File', 'Format', 'Members', 'Result', 'SHA-256'],
      rows: examined.map(({ file, format, members, sha256 }) => [
        file,
        format,
        String(members),
        word(file),
        sha256,
      ]),
    },
    { kind: 'table', title: 'Imports of pickles', columns: ['File', 'Member', 'Import'], rows: imports },
  ]
}

function evidence(
  subject: Subject,
  examined: readonly Examined[],
  findings: readonly Finding[],
  settings: ModelScanSettings,
): Statement {
  const failed = new Set([...filesWith(findings, 'error'), ...filesWith(findings, 'unknown')])
  const accepted = findings.flatMap(({ location, waivedBy }) => (waivedBy && location?.file) || [])
  const warned = new Set([...filesWith(findings, 'warning'), ...accepted].filter((file) => !failed.has(file)))
  const files = examined.map(({ file }) => file)
  return testResultStatement(subject, {
    check: 'model-scan',
    verdict: attestedVerdict(findings),
    configuration: [
      {
        name: 'scan.models',
        annotations: { profiles: settings.profiles, allow: settings.allow },
      },
      ...examined.map(({ file, sha256, format }) => ({
        name: file,
        digest: { sha256 },
        annotations: { format },
      })),
    ],
    passed: files.filter((file) => !failed.has(file) && !warned.has(file)),
    warned: [...warned],
    failed: [...failed],
  })
}
