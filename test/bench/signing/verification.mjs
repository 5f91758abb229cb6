import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keylessSigner, readTrustRoot, signStatement, verifyEvidence } from '@sluice/evidence'
import { githubClaims, startSigstore } from '@sluice/rehearsal/testing'
import { median, printTable } from './table.mjs'

const BUNDLES = 100
const TYPE = 'https://example.com/predicate/v1'

/** Keyless bundles of a local Sigstore, with log entry and timestamp, against one trust root. */
export async function compareVerification({ work, programs }) {
  await using sigstore = await startSigstore()
  const claims = githubClaims()
  const { url, trustedRoot } = sigstore
  const identityToken = await sigstore.identityToken(claims)
  const signer = keylessSigner({ identityToken, fulcioUrl: url, rekorUrl: url, tsaUrl: url, fetch })
  const signedBy = {
    identity: `https://github.com/${claims.job_workflow_ref}`,
    issuer: claims.iss,
    trustRoot: await readTrustRoot(trustedRoot),
  }
  const file = (name, data) => {
    writeFileSync(join(work, name), data)
    return join(work, name)
  }
  const root = file('root.json', trustedRoot)
  const signed = []
  for (let index = 0; index < BUNDLES; index++) {
    const blob = `model ${index}`
    const sha256 = createHash('sha256').update(blob).digest('hex')
    const bundle = await signStatement(
      {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'model.bin', digest: { sha256 } }],
        predicateType: TYPE,
        predicate: { index },
      },
      signer,
    )
    const bytes = JSON.stringify(bundle)
    signed.push({ bytes, sha256, blob: file(`${index}.bin`, blob), bundle: file(`${index}.json`, bytes) })
  }

  const ours = []
  for (const { bytes, sha256 } of signed) {
    const begin = performance.now()
    await verifyEvidence(bytes, {
      subject: { digest: `sha256:${sha256}` },
      predicateType: TYPE,
      signedBy,
      now: new Date(),
    })
    ours.push(performance.now() - begin)
  }
  const rows = [row('sluice, in one process', ours, ours)]
  if (programs.cosign) {
    const who = ['--certificate-identity', signedBy.identity, '--certificate-oidc-issuer', signedBy.issuer]
    const theirs = signed.map(({ blob, bundle }) => {
      const about = ['--bundle', bundle, '--type', TYPE, '--trusted-root', root, ...who]
      const args = ['verify-blob-attestation', ...about, '--use-signed-timestamps', blob]
      const begin = performance.now()
      const { status, stderr } = spawnSync(programs.cosign, args, {
        env: { PATH: process.env.PATH, HOME: work },
      })
      if (status !== 0) throw new Error(`cosign verified nothing: ${stderr}`)
      return performance.now() - begin
    })
    rows.push(row('cosign, a process each, its start counted', theirs, ours))
  }
  printTable(
    `verification of ${BUNDLES} keyless bundles against one trust root, ms each`,
    ['', 'first', 'median', 'mean', 'to ours'],
    rows,
  )
}

function row(name, times, ours) {
  const mean = (list) => list.reduce((sum, time) => sum + time, 0) / list.length
  return [
    name,
    (times[0] ?? 0).toFixed(1),
    median(times).toFixed(1),
    mean(times).toFixed(1),
    (mean(times) / mean(ours)).toFixed(1),
  ]
}
