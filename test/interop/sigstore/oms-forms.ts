/** How Sluice and the library of model_signing call the hashes. */
export const HASHES = { sha256: 'sha256', blake2b: 'blake2', blake3: 'blake3' } as const

export interface OmsForm {
  readonly method: 'files' | 'shards'
  readonly hash: keyof typeof HASHES
  /** Why the library refuses what Sluice wrote. */
  readonly refused?: string
  /** Why the library writes no such form. */
  readonly unwritten?: string
}

const NAMES =
  'model_signing 1.1.1 calls the hash of a shard `sha256-sharded-<size>` and reads nothing else; OMS v1.0 calls it as the manifest does, and so does Sluice, which reads both.'

export const OMS_FORMS: readonly OmsForm[] = [
  { method: 'files', hash: 'sha256' },
  { method: 'files', hash: 'blake2b' },
  { method: 'files', hash: 'blake3' },
  { method: 'shards', hash: 'sha256', refused: NAMES },
  { method: 'shards', hash: 'blake2b', refused: NAMES },
  {
    method: 'shards',
    hash: 'blake3',
    refused: 'model_signing takes shards by BLAKE3 for whole files, and compares those.',
    unwritten: 'model_signing writes whole files when it is told shards by BLAKE3.',
  },
]

/** The forms of manifests in Markdown, with what its library does with each. */
export function omsMarkdown(): string {
  const rows = OMS_FORMS.map(({ method, hash, refused, unwritten }) => {
    const cells = [method, hash, refused === undefined ? 'yes' : 'no', unwritten === undefined ? 'yes' : 'no']
    return `| ${cells.join(' | ')} |`
  })
  const reasons = new Set(OMS_FORMS.flatMap((form) => [form.refused, form.unwritten]).filter((text) => text))
  return [
    '| Manifest of | Hash | Sluice’s read by model_signing | its own read by Sluice |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...[...reasons].map((reason) => `- ${reason}`),
    '',
  ].join('\n')
}
