import { basename } from 'node:path'
import type { Decided, Inputs } from '@sluice/action-verify'
import { OMS_TYPE, readModelManifest } from '@sluice/evidence'
import { oneLine, PROJECT } from '@sluice/verdict'
import { type Exported, flagOf } from './export.js'
import { BUNDLES_FILE, bundleFile, hex, materialFile } from './folder.js'
import { shellWord } from './shell-word.js'

/** What the folder's README tells of. */
export interface Told {
  readonly decided: Decided
  readonly bundles: readonly Exported[]
  readonly inputs: Inputs
  /** As the exporter called it. */
  readonly folder: string
}

/** README.md of an exported folder: what is in it, and how each tool verifies it without network. Pure. */
export function folderReadme(told: Told): string {
  const folder = shellWord(told.folder)
  const { outcome, policy } = told.decided
  return [
    `# Evidence of ${text(outcome.name)}`,
    ...outcome.subjects.map(({ name, digest }) => `- ${text(name)} \`${digest}\``),
    '## Verify, with the network off',
    'Put this folder beside the subject, and run there, with `E` naming this folder:',
    block(`E=${folder}\nsluice evidence verify "$E" ${flagOf(told.inputs)} --policy sha256:${policy.sha256}`),
    'Take the digest after `--policy` from whoever exported this, by another way than this folder: who could change the folder could change this file. It commits to the signer, the trust root and all else that is asked for (`policy.json`). Without it the folder is held against its own policy only, which decides nothing.',
    ...others(told),
    '## What is in it',
    [
      '| file | is |',
      '|---|---|',
      '| `policy.json` | what is asked for, in canonical JSON; its SHA-256 is the digest above |',
      ...[...policy.material.keys()].map(
        (input) => `| \`${materialFile(input)}\` | whom the policy trusts |`,
      ),
      '| `evidence/` | Sigstore bundles by subject, a store as `verify` takes it |',
      `| \`${BUNDLES_FILE}\` | the same, one a line, as \`gh\` takes them |`,
      '| `subject.json`, `manifest.json` | the subject by digest; the manifest of an artifact |',
      '| `verification_summary.json` | the SLSA verification summary of the export, unsigned |',
    ].join('\n'),
    `Written by ${PROJECT.name} ${PROJECT.version}.`,
    '',
  ].join('\n\n')
}

/** Commands for other tools, one of each form that they can check. */
function others(told: Told): string[] {
  const commands = [...cosign(told), ...gh(told), ...modelSigning(told)]
  return commands.length === 0 ? [] : ['## With other tools', block(commands.join('\n'))]
}

function cosign({ bundles, inputs, decided }: Told): string[] {
  const { kind } = decided.outcome
  return bundles.flatMap(({ subject, digest, evidence, bytes }) => {
    const { signer, statement } = evidence
    if (statement.predicateType === OMS_TYPE || inputs.files.some((file) => /[*?[{]/.test(file))) return []
    const stamped = Buffer.from(bytes).includes('"signedTimestamp"')
    const by =
      signer.kind === 'key'
        ? `--key "$E"/${materialFile('key')} --insecure-ignore-tlog --use-signed-timestamps=false`
        : signer.kind === 'identity' && decided.policy.material.has('trustedRoot')
          ? `--trusted-root "$E"/${materialFile('trustedRoot')} --certificate-identity ${shellWord(signer.identity)} --certificate-oidc-issuer ${shellWord(signer.issuer)}${stamped ? ' --use-signed-timestamps' : ''}`
          : undefined
    if (by === undefined) return []
    const about =
      kind === 'files' ? shellWord(nameIn(statement, subject)) : `--digest ${hex(subject)} --digestAlg sha256`
    return [
      `cosign verify-blob-attestation --bundle "$E"/${bundleFile(subject, digest)} --type ${shellWord(statement.predicateType)} ${by} ${about}`,
    ]
  })
}

function gh({ bundles, decided, inputs }: Told): string[] {
  if (decided.outcome.kind !== 'files') return []
  const [first] = bundles
  const signer = first?.evidence.signer
  if (first === undefined || signer?.kind !== 'identity') return []
  const source = inputs.repository ?? signer.identity
  const url = URL.canParse(source) ? new URL(source) : undefined
  const [, owner, name] = url?.pathname.split('/') ?? []
  if (url === undefined || owner === undefined || name === undefined) return []
  const host = url.host === 'github.com' ? '' : ` --hostname ${shellWord(url.host)}`
  return [
    `gh attestation verify ${shellWord(nameIn(first.evidence.statement, first.subject))} --bundle "$E"/${BUNDLES_FILE} --custom-trusted-root "$E"/trusted_root.jsonl --repo ${shellWord(`${owner}/${name}`)} --cert-identity ${shellWord(signer.identity)} --cert-oidc-issuer ${shellWord(signer.issuer)} --predicate-type ${shellWord(first.evidence.statement.predicateType)}${host}`,
  ]
}

function modelSigning({ bundles, inputs, decided }: Told): string[] {
  const signed = bundles.find(({ evidence }) => evidence.statement.predicateType === OMS_TYPE)
  if (signed === undefined || inputs.path === undefined || !decided.policy.material.has('key')) return []
  // Its command line reads no other hash, and neither shards nor a single file as the specification has them
  // (docs/model-signing.md).
  const { method, hashType, resources } = readModelManifest(signed.evidence.statement)
  const [first] = resources
  const isFile = resources.length === 1 && first?.name === basename(inputs.path)
  if (method !== 'files' || hashType !== 'sha256' || isFile) return []
  return [
    `model_signing verify key ${shellWord(inputs.path)} --signature "$E"/${bundleFile(signed.subject, signed.digest)} --public_key "$E"/${materialFile('key')}`,
  ]
}

function nameIn(statement: Exported['evidence']['statement'], subject: string): string {
  return statement.subject.find(({ digest }) => `sha256:${digest['sha256']}` === subject)?.name ?? ''
}

function text(value: string): string {
  return oneLine(value).replaceAll(/[`<>[\]\\*_|#]/g, (sign) => `\\${sign}`)
}

function block(command: string): string {
  return `\`\`\`sh\n${command}\n\`\`\``
}
