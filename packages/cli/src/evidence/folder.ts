/** What an exported folder holds besides `evidence/`, a store, and the files of its policy. */
export const POLICY_FILE = 'policy.json'
export const SUBJECT_FILE = 'subject.json'
export const SUMMARY_FILE = 'verification_summary.json'
export const MANIFEST_FILE = 'manifest.json'
export const BUNDLES_FILE = 'bundles.jsonl'
export const README_FILE = 'README.md'
export const STORE = 'evidence'

/** The files that a policy names by digest, by input of `verify`. */
const MATERIAL: Readonly<Record<string, string>> = {
  key: 'key.pub',
  trustedRoot: 'trusted_root.json',
  certificateAuthority: 'certificate_authority.pem',
  timestampAuthority: 'timestamp_authority.pem',
}

export function materialFile(input: string): string {
  return MATERIAL[input] ?? `${input}.bin`
}

/** Where a bundle is below `evidence/`, so that the folder is a store: `<subject>/<bundle>.sigstore.json`, both hex. */
export function bundleFile(subject: string, bundle: string): string {
  return `${STORE}/${hex(subject)}/${hex(bundle)}.sigstore.json`
}

export function hex(digest: string): string {
  return digest.slice('sha256:'.length)
}
