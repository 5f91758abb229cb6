/** An extension of a certificate: DER UTF8String, or the bare text of the first, deprecated ones. */
export interface CertificateExtension {
  readonly oid: string
  readonly value: string
  readonly legacy?: boolean
}

/** Fulcio's extension number by GitHub claim (fulcio docs/oid-info.md). */
const LEGACY: Readonly<Record<string, number>> = {
  iss: 1,
  event_name: 2,
  sha: 3,
  workflow: 4,
  repository: 5,
  ref: 6,
}
/** `true` marks what is a URL below the server. */
const CURRENT: Readonly<Record<string, readonly [number: number, below?: true]>> = {
  iss: [8],
  job_workflow_ref: [9, true],
  job_workflow_sha: [10],
  runner_environment: [11],
  repository: [12, true],
  sha: [13],
  ref: [14],
  repository_id: [15],
  repository_owner: [16, true],
  repository_owner_id: [17],
  workflow_ref: [18, true],
  workflow_sha: [19],
  event_name: [20],
  repository_visibility: [22],
}

/** What a certificate says of the run, from the claims of its token; a claim that is absent is left out. */
export function extensionsOf(
  claims: Readonly<Record<string, unknown>>,
  serverUrl: string,
): readonly CertificateExtension[] {
  const oid = (number: number) => `1.3.6.1.4.1.57264.1.${number}`
  const said = (claim: string) => (typeof claims[claim] === 'string' ? claims[claim] : undefined)
  const extensions: CertificateExtension[] = []
  for (const [claim, number] of Object.entries(LEGACY)) {
    const value = said(claim)
    if (value !== undefined) extensions.push({ oid: oid(number), value, legacy: true })
  }
  for (const [claim, [number, below]] of Object.entries(CURRENT)) {
    const value = said(claim)
    if (value !== undefined)
      extensions.push({ oid: oid(number), value: below ? `${serverUrl}/${value}` : value })
  }
  const [repository, run, attempt] = [said('repository'), said('run_id'), said('run_attempt')]
  if (repository && run && attempt) {
    const value = `${serverUrl}/${repository}/actions/runs/${run}/attempts/${attempt}`
    extensions.push({ oid: oid(21), value })
  }
  return extensions
}
