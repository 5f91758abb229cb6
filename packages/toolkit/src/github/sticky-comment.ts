import type { RunContext } from '../context.js'
import type { Rest } from './rest.js'

const PAGE = 100
/** Comments beyond this many pages are not searched. */
const PAGES = 100

/** What came of writing the comment; `refused` when the token may not write it, as on a fork's pull request. */
export type CommentOutcome =
  | { readonly state: 'created' | 'updated' }
  | { readonly state: 'refused' | 'failed'; readonly status: number }

/** The hidden first line that a comment is found by; one for each action and working directory. */
export function commentMarker(action: string, workingDirectory: string): string {
  const folder = workingDirectory === '.' ? '' : `:${encodeURIComponent(workingDirectory)}`
  // A comment of HTML ends at `--`, and `encodeURIComponent` lets hyphens pass.
  return `<!-- sluice:${action}${folder.replaceAll('--', '-%2D')} -->`
}

/** The number of the pull request that the run is about. */
export function pullRequestOf(run: RunContext): number | undefined {
  if (run.kind !== 'github') return undefined
  const event = run.event as {
    pull_request?: { number?: unknown }
    issue?: { number?: unknown; pull_request?: unknown }
  }
  const number = event?.pull_request?.number ?? (event?.issue?.pull_request ? event.issue.number : undefined)
  return Number.isSafeInteger(number) && (number as number) > 0 ? (number as number) : undefined
}

/** Whether the run's pull request comes from another repository; one that has been deleted since was a fork too. */
export function fromFork(run: RunContext): boolean {
  if (run.kind !== 'github') return false
  const { pull_request: pullRequest } = (run.event ?? {}) as {
    pull_request?: { head?: { repo?: { full_name?: unknown } | null } }
  }
  const repo = pullRequest?.head?.repo
  return repo === null || (repo !== undefined && repo.full_name !== run.repository)
}

/**
 * Keeps one comment on a pull request: updates the one that begins with `marker`, or makes it.
 * Only a comment of our own account counts: anybody may write the marker, and could later edit what it says.
 * @throws SluiceError NETWORK_* when GitHub cannot be reached
 */
export async function keepComment(
  rest: Pick<Rest, 'request'>,
  repository: string,
  pullRequest: number,
  marker: string,
  text: string,
): Promise<CommentOutcome> {
  const comments = `/repos/${repository}/issues/${pullRequest}/comments`
  const found = await find(rest, comments, marker)
  if (found.status !== 200) return rejected(found.status)
  const body = { body: `${marker}\n${text}` }
  const { status } =
    found.id === undefined
      ? await rest.request('POST', comments, body)
      : await rest.request('PATCH', `/repos/${repository}/issues/comments/${found.id}`, body)
  if (status >= 200 && status < 300) return { state: found.id === undefined ? 'created' : 'updated' }
  return rejected(status)
}

interface Comment {
  readonly id: number
  readonly body?: string
  readonly user?: { readonly login?: string; readonly type?: string } | null
}

async function find(
  rest: Pick<Rest, 'request'>,
  comments: string,
  marker: string,
): Promise<{ status: number; id?: number }> {
  let account: string | undefined
  for (let page = 1; page <= PAGES; page++) {
    const { status, body } = await rest.request('GET', `${comments}?per_page=${PAGE}&page=${page}`)
    if (status !== 200 || !Array.isArray(body)) return { status: status === 200 ? 502 : status }
    for (const comment of body as Comment[]) {
      if (!comment.body?.startsWith(marker)) continue
      // A job's own token writes as a bot and may not ask who it is; a person's token may.
      if (comment.user?.type === 'Bot') return { status, id: comment.id }
      account ??= await ownLogin(rest)
      if (account !== '' && comment.user?.login === account) return { status, id: comment.id }
    }
    if (body.length < PAGE) return { status: 200 }
  }
  return { status: 200 }
}

async function ownLogin(rest: Pick<Rest, 'request'>): Promise<string> {
  const { status, body } = await rest.request('GET', '/user')
  const login = (body as { login?: unknown } | undefined)?.login
  return status === 200 && typeof login === 'string' ? login : ''
}

function rejected(status: number): CommentOutcome {
  return { state: status === 403 || status === 404 ? 'refused' : 'failed', status }
}
