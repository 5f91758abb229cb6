import { SluiceError } from '@sluice/errors'
import { digestOf } from '@sluice/oci'
import * as v from 'valibot'
import { BUNDLE_LIMIT, bundleBytes, parseBundle, type SerializedBundle } from '../bundle/bundle.js'
import { refusal } from '../refusal.js'
import { decodeSnappy } from './snappy.js'
import { BUNDLES_LIMIT, type EvidenceStore, type StoredBundle, TOTAL_LIMIT } from './store.js'

/** The most that GitHub takes in one predicate (actions/attest, action.yml). */
const PAYLOAD_LIMIT = 16 * 1024 * 1024
const PER_PAGE = 30

/** What the job's token has to grant for what is done in the end. */
type Level = 'read' | 'write'

/** A repository at GitHub, a GitHub Enterprise Server or GHE.com. */
export interface GitHubRepository {
  /** `https://api.github.com`, or that of another server. */
  readonly apiUrl: string
  /** `owner/name` */
  readonly repository: string
  /** Told to the API alone; a public repository is read without one. */
  readonly token?: string
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
}

const pageSchema = v.looseObject({
  attestations: v.pipe(
    v.array(
      v.looseObject({
        bundle: v.nullish(v.looseObject({})),
        bundle_url: v.nullish(v.pipe(v.string(), v.maxLength(8192))),
      }),
    ),
    v.maxLength(100),
  ),
})

/**
 * GitHub's attestations of a repository, which `gh attestation verify` reads. It files a bundle under every SHA-256
 * subject of its statement, whatever subject it is put with. What it gives back is its own spelling of the bundle, so
 * the digest may be another than in other stores.
 */
export function githubStore(github: GitHubRepository): EvidenceStore {
  const name = `attestations of ${github.repository}`
  const base = `${github.apiUrl.replace(/\/+$/, '')}/repos/${github.repository}/attestations`
  /** A statement about several subjects is put with each, and kept once. */
  const kept = new Set<string>()

  async function listed(subject: string, needs: Level): Promise<StoredBundle[]> {
    const found: StoredBundle[] = []
    let left = TOTAL_LIMIT
    for await (const { bundle, bundle_url: url } of entries(github, `${base}/${subject}`, needs)) {
      if (found.length === BUNDLES_LIMIT) {
        throw refusal(
          'EVIDENCE_TOO_MANY',
          `${name} hold more than ${BUNDLES_LIMIT} bundles of one subject, which is the most that is read.`,
        )
      }
      const bytes = bundle
        ? bundleBytes(bundle as unknown as SerializedBundle)
        : await download(github, url ?? '', Math.min(left, BUNDLE_LIMIT))
      left -= bytes.length
      if (left < 0)
        throw refusal('EVIDENCE_TOO_LARGE', `${name} hold more than ${TOTAL_LIMIT} bytes of one subject.`)
      found.push({
        bytes,
        digest: digestOf(bytes),
        location: `${github.repository} attestation of ${subject}`,
      })
    }
    return found.sort((a, b) => (a.digest < b.digest ? -1 : 1))
  }

  return {
    name,
    list: (subject) => listed(subject, 'read'),
    async put(subject, bundle) {
      const bytes = bundleBytes(bundle)
      const digest = digestOf(bytes)
      const { payload, signature } = parseBundle(bytes)
      if (payload.length > PAYLOAD_LIMIT) {
        throw new SluiceError(
          'STORE_TOO_LARGE',
          `The statement has ${payload.length} bytes; GitHub keeps at most ${PAYLOAD_LIMIT}.`,
          { remedy: 'Keep it in a folder or in `oci`.' },
        )
      }
      if (!kept.has(digest) && !(await listed(subject, 'write')).some(isSame(signature)))
        await post(github, base, bundle)
      kept.add(digest)
      return { bytes, digest, location: `${github.repository} attestation of ${subject}` }
    },
  }
}

/** GitHub does not keep the bytes as they were sent, but the signature in them. */
function isSame(signature: Buffer): (stored: StoredBundle) => boolean {
  return ({ bytes }) => {
    try {
      return parseBundle(bytes).signature.equals(signature)
    } catch {
      return false
    }
  }
}

async function post(github: GitHubRepository, base: string, bundle: SerializedBundle): Promise<void> {
  const response = await github.fetch(base, {
    method: 'POST',
    headers: { ...headersOf(github), 'content-type': 'application/json' },
    body: JSON.stringify({ bundle }),
  })
  const text = await textOf(response, 64 * 1024)
  if (response.status !== 201) throw answered(github, response.status, text, 'write')
}

async function* entries(github: GitHubRepository, address: string, needs: Level) {
  const origin = new URL(address).origin
  const first = `${address}?per_page=${PER_PAGE}`
  let pages = 0
  for (let next: string | undefined = first; next !== undefined; ) {
    // Pages without anything on them could go on for ever; with one bundle each they end at the limit of bundles.
    if (pages++ > BUNDLES_LIMIT) throw unreadable(github, `it has more than ${BUNDLES_LIMIT} pages`)
    const response: Response = await github.fetch(next, { headers: headersOf(github) })
    const text = await textOf(response, TOTAL_LIMIT)
    // Of what is not there at all; a list that breaks off is not whole.
    if (response.status === 404 && next === first) return
    if (response.status !== 200) throw answered(github, response.status, text, needs)
    const page = v.safeParse(pageSchema, parsed(text))
    if (!page.success) throw unreadable(github, 'its answer is not a list of attestations')
    yield* page.output.attestations
    next = nextPage(response, origin)
    if (next === '') throw unreadable(github, 'its next page is on another server')
  }
}

/** The address of the next page; empty when it leads to another server, which is told no token. */
function nextPage(response: Response, origin: string): string | undefined {
  const link = /<([^>]{1,4096})>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  if (link === undefined) return undefined
  return URL.canParse(link) && new URL(link).origin === origin ? link : ''
}

/** A bundle that GitHub keeps on a server for blobs. That one is told no token: the address is the permission. */
async function download(github: GitHubRepository, address: string, limit: number): Promise<Uint8Array> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const plain = new URL(github.apiUrl).protocol === 'http:'
  if (url === undefined || !(url.protocol === 'https:' || (plain && url.protocol === 'http:')))
    throw unreadable(github, 'an attestation comes without a bundle or an address of one')
  const response = await github.fetch(url.href)
  const bytes = await bytesOf(response, limit)
  if (response.status !== 200) throw unreadable(github, `the server of bundles answered ${response.status}`)
  try {
    // No bundle has 123 bytes, which is what `{` would say in front of compressed ones.
    return bytes[0] === 0x7b ? bytes : decodeSnappy(bytes, limit)
  } catch (cause) {
    throw unreadable(github, 'a bundle cannot be decompressed', cause)
  }
}

function headersOf({ token }: GitHubRepository): Record<string, string> {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
}

function answered(
  { repository, token }: GitHubRepository,
  status: number,
  text: string,
  level: Level,
): SluiceError {
  const said = v.safeParse(v.looseObject({ message: v.string() }), parsed(text))
  const words = said.success ? `: ${JSON.stringify(said.output.message.slice(0, 200))}` : ''
  const message = `GitHub answered ${status} about the attestations of ${repository}${words}.`
  if (status === 401 || status === 403) {
    return new SluiceError('STORE_FORBIDDEN', message, {
      remedy:
        token === undefined
          ? 'Give `github-token` (on the command line GH_TOKEN will do); without one only public repositories are read.'
          : `Add \`attestations: ${level}\` to \`permissions\` of the job. Of private repositories GitHub keeps attestations with Enterprise Cloud only; elsewhere keep evidence in \`oci\` or a folder.`,
      kind: 'surroundings',
    })
  }
  if (status === 404) {
    return new SluiceError('STORE_NO_ATTESTATIONS', message, {
      remedy:
        'Name a repository that the token may see. GitHub Enterprise Server keeps no attestations: there use `oci` or a folder.',
      kind: 'surroundings',
    })
  }
  if (status === 422) {
    return new SluiceError('STORE_REFUSED', message, {
      remedy:
        'GitHub keeps bundles of statements with 1 to 1024 SHA-256 subjects, signed keyless by a workflow; keep others in `oci` or a folder.',
    })
  }
  return new SluiceError('STORE_UNREADABLE', message, { remedy: 'Run it again later.', kind: 'surroundings' })
}

function unreadable({ repository }: GitHubRepository, why: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'STORE_UNREADABLE',
    `The attestations of ${repository} could not be read in full: ${why}.`,
    { remedy: 'Run it again, and check `GITHUB_API_URL`.', kind: 'surroundings', cause },
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function textOf(response: Response, limit: number): Promise<string> {
  return Buffer.from(await bytesOf(response, limit)).toString('utf8')
}

async function bytesOf(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit)
      throw refusal('EVIDENCE_TOO_LARGE', `GitHub sent more than the ${limit} bytes that are read.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
