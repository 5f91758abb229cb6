import { decide, type Inputs, inputs, policyInput, reportOf, action as verify } from '@sluice/action-verify'
import { SluiceError } from '@sluice/errors'
import { parseStrictJson } from '@sluice/evidence'
import {
  type Context,
  commonInputs,
  defineAction,
  type InputsOf,
  kebab,
  parseInputs,
  path,
  text,
} from '@sluice/toolkit'
import { type Finding, fingerprint, type Result, verdictOf } from '@sluice/verdict'
import { sha256 } from './export.js'
import { materialFile, POLICY_FILE, STORE } from './folder.js'

const POLICY_LIMIT = 1024 * 1024
const MATERIAL_LIMIT = 4 * 1024 * 1024

const folderInputs = {
  ...commonInputs,
  folder: path({ description: 'The exported folder.', default: 'exported-evidence' }),
  policy: text({
    description:
      '`sha256:…` of the policy that is wanted, from whoever exported the folder, by another way. Without it nothing is decided.',
  }),
  subject: inputs.subject,
  path: inputs.path,
  files: inputs.files,
}

/** `sluice evidence verify`: holds a subject against an exported folder; nothing leaves the machine. */
export const verifyFolderAction = defineAction({
  ...verify,
  name: 'evidence-verify',
  description: 'Verifies a subject by an exported folder of evidence, with the network off.',
  inputs: folderInputs,
  example: { folder: 'exported-evidence', path: 'model', policy: `sha256:${'0'.repeat(64)}` },
  run: verifyFolder,
})

async function verifyFolder(given: InputsOf<typeof folderInputs>, context: Context): Promise<Result> {
  const bytes = await context.workspace.read(`${given.folder}/${POLICY_FILE}`, POLICY_LIMIT)
  const digest = `sha256:${sha256(bytes)}`
  const asked = await inputsOf(bytes, given, context)
  // sluice.yaml of the machine at hand has no say: only what the digest of the policy commits to has.
  const config = { ignore: [], trustedRoot: undefined }
  const decided = await decide(asked, config, { ...context, fetch: offline })
  const anchor = anchorFinding(digest, given.policy)
  const result = reportOf(decided, asked)
  if (anchor === undefined) return result
  const findings = [anchor, ...result.findings]
  return { ...result, verdict: verdictOf(findings), findings, headline: anchor.message, statements: [] }
}

/** The inputs of `verify` that the folder's policy stands for. @throws SluiceError EXPORT_MALFORMED, EXPORT_CHANGED */
async function inputsOf(
  policy: Uint8Array,
  { folder, subject, path: model, files }: InputsOf<typeof folderInputs>,
  context: Context,
): Promise<Inputs> {
  const value = parseStrictJson(policy, 'The policy of the folder')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('is no object')
  const members = new Map(Object.entries(value as Readonly<Record<string, unknown>>))
  const texts = new Map<string, string>()
  for (const [key, input] of Object.entries(inputs)) {
    const name = kebab(key)
    const member = members.get(name)
    members.delete(name)
    if (member === undefined) continue
    const kind = policyInput(key)
    if (kind === undefined) throw malformed(`sets \`${name}\``)
    texts.set(
      name,
      kind === 'material' ? await materialOf(key, member, folder, context) : textOf(name, member),
    )
    if (input.kind === 'list' && !Array.isArray(member)) throw malformed(`has no list at \`${name}\``)
  }
  const [unknown] = members.keys()
  // A newer version may ask for more; leaving that out would be to ask for less.
  if (unknown !== undefined) throw malformed(`asks for ${JSON.stringify(unknown.slice(0, 100))}`)
  const read = parseInputs(inputs, (name) => texts.get(name))
  return { ...read, subject, path: model, files, store: [`${folder}/${STORE}`] }
}

/** The path of a file that the policy trusts, once its bytes are those that the policy names. */
async function materialOf(key: string, member: unknown, folder: string, context: Context): Promise<string> {
  const file = `${folder}/${materialFile(key)}`
  const wanted =
    typeof member === 'object' && member !== null && 'sha256' in member ? member.sha256 : undefined
  if (sha256(await context.workspace.read(file, MATERIAL_LIMIT)) !== wanted) {
    throw new SluiceError('EXPORT_CHANGED', `${file} is not the file that the policy names.`, {
      remedy: 'Do not use this folder; export again, and find out who changed it.',
      kind: 'refused',
    })
  }
  return file
}

function textOf(name: string, member: unknown): string {
  const items = Array.isArray(member) ? member : [member]
  if (!items.every((item) => ['string', 'number', 'boolean'].includes(typeof item)))
    throw malformed(`cannot be read at \`${name}\``)
  return items.join('\n')
}

/** Without a digest from outside, a folder speaks for itself: consistent, and perhaps made up as a whole. */
function anchorFinding(found: string, wanted: string | undefined): Finding | undefined {
  if (found === wanted) return undefined
  if (wanted === undefined) {
    return {
      rule: 'evidence/policy-unanchored',
      level: 'unknown',
      message: `The folder was held against its own policy, ${found}; nothing from outside says that this is the one wanted.`,
      fingerprint: fingerprint('evidence/policy-unanchored', found),
      remedy:
        'Give `--policy sha256:…` as whoever exported the folder printed it; look at policy.json for what it asks.',
    }
  }
  return {
    rule: 'evidence/policy-changed',
    level: 'error',
    message: `The folder holds the policy ${found}; expected ${wanted.slice(0, 80)}.`,
    fingerprint: fingerprint('evidence/policy-changed', found),
    remedy: 'Use the folder that was exported by that policy, or compare the digest again.',
  }
}

function malformed(how: string): SluiceError {
  return new SluiceError(
    'EXPORT_MALFORMED',
    `The policy of the folder ${how}, which this version does not know.`,
    {
      remedy: 'Export again, or verify with the version that exported it.',
    },
  )
}

const offline: Context['fetch'] = (url) =>
  Promise.reject(
    new SluiceError('EXPORT_OFFLINE', `Verifying an exported folder would have asked ${new URL(url).host}.`, {
      remedy: 'Give the subject as a folder, files or `oci:<layout>`; what is in a registry is for `verify`.',
    }),
  )
