import { HttpFault, json, readJson } from '../server/loopback.js'
import { page } from './page.js'
import type { Attestation } from './record.js'
import type { Route } from './route.js'
import type { State } from './state.js'

/** A bundle with a predicate of 16 MB, the most that GitHub takes, in base64. */
const LIMIT = 24 * 1024 * 1024
const SUBJECTS = 1024

/** Bundles by the digest of their subjects. */
export function attestationRoutes(state: State): Route[] {
  return [
    {
      method: 'POST',
      path: '/repos/{owner}/{repo}/attestations',
      needs: ['attestations:write'],
      handle: async ({ call }) => {
        const { bundle } = await readJson(call, LIMIT)
        const attestation = { id: state.nextId(), ...statementOf(bundle), bundle }
        state.attestations.push(attestation)
        return json(201, { id: attestation.id })
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/attestations/{digest}',
      needs: ['attestations:read'],
      handle: ({ call, at }) => {
        const type = call.url.searchParams.get('predicate_type')
        const found = state.attestations
          .filter(({ subjects }) => subjects.includes(at['digest'] ?? ''))
          .filter(({ predicateType }) => type === null || type === predicateType)
          .toReversed()
        if (found.length === 0) throw new HttpFault(404, 'Not Found')
        return page(call, state.url(), found, (some) => ({
          attestations: some.map(({ bundle }) => ({ bundle, repository_id: Number(state.repository.id) })),
        }))
      },
    },
  ]
}

/** @throws HttpFault 422 when it is no bundle over an in-toto statement with subjects by SHA-256 */
function statementOf(bundle: unknown): Pick<Attestation, 'subjects' | 'predicateType'> {
  try {
    const { mediaType, dsseEnvelope } = bundle as { mediaType: string; dsseEnvelope: { payload: string } }
    const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as {
      subject: readonly { digest: { sha256: string } }[]
      predicateType: string
    }
    const subjects = statement.subject.map(({ digest }) => `sha256:${digest.sha256}`)
    const plain = subjects.every((subject) => /^sha256:[0-9a-f]{64}$/.test(subject))
    const few = subjects.length > 0 && subjects.length <= SUBJECTS
    if (
      mediaType.startsWith('application/vnd.dev.sigstore.bundle') &&
      plain &&
      few &&
      statement.predicateType
    )
      return { subjects, predicateType: statement.predicateType }
  } catch {
    // Told like every other bundle that cannot be used.
  }
  throw new HttpFault(422, 'Invalid request', {
    errors: ['`bundle` is no Sigstore bundle about a sha256 subject'],
  })
}
