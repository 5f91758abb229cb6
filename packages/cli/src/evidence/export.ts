import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { type Decided, decide, type Inputs, inputs, reportOf, action as verify } from '@sluice/action-verify'
import { loadSection } from '@sluice/config'
import { SluiceError } from '@sluice/errors'
import { examine, type StoredBundle, signingSection, type VerifiedEvidence } from '@sluice/evidence'
import { dockerCredentials, openRepository, parseReference } from '@sluice/oci'
import { type Context, defineAction, type InputsOf, path } from '@sluice/toolkit'
import type { Result } from '@sluice/verdict'
import {
  BUNDLES_FILE,
  bundleFile,
  MANIFEST_FILE,
  materialFile,
  POLICY_FILE,
  README_FILE,
  SUBJECT_FILE,
  SUMMARY_FILE,
} from './folder.js'
import { folderReadme } from './readme.js'
import { shellWord } from './shell-word.js'

const exportInputs = {
  ...inputs,
  to: path({
    description: 'The folder to write; it must not exist, or be empty.',
    default: 'exported-evidence',
  }),
}

/** `sluice evidence export`: verifies as `verify` does, and writes all that a verifier without network needs. */
export const exportAction = defineAction({
  ...verify,
  name: 'evidence-export',
  description:
    'Verifies a subject, and writes its evidence, trust root and policy into one folder that verifies with the network off.',
  inputs: exportInputs,
  outputs: { ...verify.outputs, folder: 'The folder that was written.' },
  example: { path: 'model', key: 'release.pub', to: 'exported-evidence' },
  run: exportEvidence,
})

/** A bundle to hand on, and what it says. */
export interface Exported extends StoredBundle {
  readonly subject: string
  readonly evidence: VerifiedEvidence
}

async function exportEvidence(
  { to, ...given }: InputsOf<typeof exportInputs>,
  context: Context,
): Promise<Result> {
  await requireEmpty(to, context)
  if (given.lineage) {
    throw new SluiceError(
      'EXPORT_LINEAGE',
      'An exported folder is about one subject, not about what it was made from.',
      {
        remedy: 'Leave `lineage` out, and export each ancestor into a folder of its own.',
      },
    )
  }
  const config = await loadSection(context.workspace, given.config, signingSection)
  const decided = await decide(given, config, context)
  const decision = reportOf(decided, given)
  // The summary goes into the folder, not among the statements that the next `sign` would take.
  const result = { ...decision, statements: [] }
  // What does not verify here will not verify there, and a model with unsigned files has no digest to be named by.
  const holds = ['pass', 'warn'].includes(result.verdict)
  if (!holds || decided.outcome.subjects.length === 0) {
    const headline = `Nothing was exported. ${result.headline}`
    return { ...result, verdict: holds ? 'inconclusive' : result.verdict, headline }
  }
  const bundles = await toExport(decided)
  const [summary] = decision.statements
  const files = new Map<string, string | Uint8Array>()
  for (const { subject, digest, bytes } of bundles) files.set(bundleFile(subject, digest), bytes)
  for (const [input, bytes] of decided.policy.material) files.set(materialFile(input), bytes)
  files.set(BUNDLES_FILE, bundles.map(({ bytes }) => `${oneLineOf(bytes)}\n`).join(''))
  const root = decided.policy.material.get('trustedRoot')
  // `gh attestation verify` reads trust roots line by line.
  if (root !== undefined) files.set('trusted_root.jsonl', `${oneLineOf(root)}\n`)
  const { kind, name, subjects } = decided.outcome
  files.set(SUBJECT_FILE, `${JSON.stringify({ kind, name, subjects }, null, 2)}\n`)
  if (given.subject !== undefined)
    files.set(MANIFEST_FILE, await manifestOf(given.subject, decided.outcome.digest, context))
  files.set(SUMMARY_FILE, `${JSON.stringify(summary, null, 2)}\n`)
  files.set(README_FILE, folderReadme({ decided, bundles, inputs: given, folder: to }))
  for (const [file, content] of files) await context.workspace.write(`${to}/${file}`, content)
  // Last, so that a folder that was cut short is not taken for a whole one.
  await context.workspace.write(`${to}/${POLICY_FILE}`, decided.policy.text)
  return {
    ...result,
    headline: `Wrote ${bundles.length} bundle${bundles.length === 1 ? '' : 's'} about ${name} to ${to}; its policy is sha256:${decided.policy.sha256}.`,
    sections: [
      ...result.sections,
      {
        kind: 'command',
        title: 'Verify it where there is no network',
        command: `sluice evidence verify ${shellWord(to)} ${flagOf(given)} --policy sha256:${decided.policy.sha256}`,
      },
    ],
    outputs: { ...result.outputs, folder: to },
  }
}

/** All that the signer said about the subject, asked for or not: gates' results are evidence too. */
async function toExport({ outcome, demand }: Decided): Promise<Exported[]> {
  const bytes = new Map(outcome.candidates.map((bundle) => [bundle.digest, bundle]))
  const chosen = new Map<string, Exported>()
  for (const { digest: subject } of outcome.subjects) {
    const { verified } = await examine([...bytes.values()], {
      subject: { digest: subject },
      signedBy: demand.signedBy,
      now: demand.now,
    })
    // A model's own signature is about its root, which commits to less than the digest of names and contents.
    const held = outcome.held.filter(
      ({ statement }) =>
        outcome.subjects.length === 1 ||
        statement.subject.some(({ digest }) => `sha256:${digest['sha256']}` === subject),
    )
    for (const evidence of [...held, ...verified]) {
      const stored = bytes.get(evidence.bundleDigest)
      if (stored) chosen.set(`${subject} ${stored.digest}`, { ...stored, subject, evidence })
    }
  }
  return [...chosen.values()]
}

async function manifestOf(subject: string, digest: string, context: Context): Promise<Uint8Array> {
  const repository = await openRepository(parseReference(subject), {
    fetch: context.fetch,
    resolvePath: (folder) => context.workspace.resolve(folder),
    credentials: dockerCredentials({ variable: context.variable }),
  })
  return (await repository.manifest(digest)).bytes
}

async function requireEmpty(folder: string, context: Context): Promise<void> {
  const there = await readdir(await context.workspace.resolve(folder)).catch(() => [])
  if (there.length === 0) return
  throw new SluiceError('EXPORT_EXISTS', `The folder ${folder} is not empty.`, {
    remedy: 'Name another one with `--to`; an export is written over nothing.',
  })
}

/** How the subject is named again, on the command line. */
export function flagOf({ subject, path: folder, files }: Pick<Inputs, 'subject' | 'path' | 'files'>): string {
  if (subject !== undefined)
    return `--subject ${subject.startsWith('oci:') ? shellWord(subject) : 'oci:<layout>'}`
  if (folder !== undefined) return `--path ${shellWord(folder)}`
  return files.map((file) => `--files ${shellWord(file)}`).join(' ')
}

function oneLineOf(json: Uint8Array): string {
  return JSON.stringify(JSON.parse(Buffer.from(json).toString('utf8')))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
