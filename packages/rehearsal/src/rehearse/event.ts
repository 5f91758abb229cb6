import type { Value } from '../contract.js'
import type { Checkout } from './repository.js'

/** An event: its payload, and what it makes of commit and ref. */
export interface Event {
  readonly name: string
  readonly payload: { readonly [key: string]: Value }
  readonly sha: string
  readonly ref: string
  /** Of pull requests: `base` and `head`. */
  readonly baseRef: string
  readonly headRef: string
  /** Undefined where nobody knows. */
  readonly changed?: readonly string[]
}

export interface EventOptions {
  readonly name: string
  readonly actor: string
  /** `refs/heads/…` or `refs/tags/…`; the branch that is checked out by default. */
  readonly ref?: string
  /** Of `workflow_dispatch`, as texts. */
  readonly inputs: Readonly<Record<string, string>>
  readonly workflow: string
  /** Replaces the payload. */
  readonly payload?: { readonly [key: string]: Value }
  readonly schedule?: string
}

/** Events whose payload is made up from the repository; others need a file. */
export const MADE_EVENTS = [
  'pull_request',
  'pull_request_target',
  'push',
  'workflow_dispatch',
  'schedule',
  'workflow_call',
]

/** Makes an event as GitHub would send it of this repository. */
export async function makeEvent(checkout: Checkout, options: EventOptions): Promise<Event> {
  const { name, payload } = options
  const made = name.startsWith('pull_request')
    ? await pullRequest(checkout, options)
    : name === 'push'
      ? await push(checkout, options)
      : plain(checkout, options)
  return payload === undefined ? made : { ...made, ...fromPayload(made, payload), payload }
}

function refOf(checkout: Checkout, { ref }: EventOptions): string {
  if (ref === undefined) return `refs/heads/${checkout.branch}`
  return ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
}

function plain(checkout: Checkout, options: EventOptions): Event {
  const ref = refOf(checkout, options)
  const special: Record<string, Value> =
    options.name === 'workflow_dispatch'
      ? { inputs: options.inputs, ref, workflow: options.workflow }
      : options.name === 'schedule'
        ? { schedule: options.schedule ?? '' }
        : {}
  const payload = { ...special, ...common(checkout, options.actor) }
  return { name: options.name, payload, sha: checkout.sha, ref, baseRef: '', headRef: '' }
}

async function push(checkout: Checkout, options: EventOptions): Promise<Event> {
  const { git, sha } = checkout
  const ref = refOf(checkout, options)
  const before = git?.before ?? '0'.repeat(40)
  const changed = await git?.changed(before)
  const commit = {
    id: sha,
    message: git?.message ?? '',
    author: { ...(git?.author ?? { name: options.actor, email: '' }), username: options.actor },
    modified: [...(changed ?? [])],
  }
  const payload = {
    ref,
    before,
    after: sha,
    created: git === undefined,
    deleted: false,
    forced: false,
    commits: [commit],
    head_commit: commit,
    pusher: { name: options.actor, email: '' },
    ...common(checkout, options.actor),
  }
  return { name: 'push', payload, sha, ref, baseRef: '', headRef: '', ...(changed ? { changed } : {}) }
}

async function pullRequest(checkout: Checkout, options: EventOptions): Promise<Event> {
  const { defaultBranch: base, git, repository, sha } = checkout
  const head = checkout.branch === base ? 'rehearsal' : checkout.branch
  const from = (await git?.mergeBase(base)) ?? git?.before ?? sha
  const start = from === sha ? (git?.before ?? sha) : from
  const changed = await git?.changed(start)
  const at = (ref: string, commit: string) => ({
    ref,
    sha: commit,
    label: `${repository.split('/')[0]}:${ref}`,
    repo: repositoryPayload(checkout),
    user: user(repository.split('/')[0] ?? ''),
  })
  const payload = {
    action: 'synchronize',
    number: 1,
    pull_request: {
      number: 1,
      id: 1,
      state: 'open',
      draft: false,
      merged: false,
      title: git?.message || 'Rehearsal',
      body: '',
      html_url: `https://github.com/${repository}/pull/1`,
      user: user(options.actor),
      head: at(head, sha),
      base: at(base, start),
      labels: [],
      changed_files: changed?.length ?? 0,
    },
    ...common(checkout, options.actor),
  }
  const target = options.name === 'pull_request_target'
  return {
    name: options.name,
    payload,
    sha,
    ref: target ? `refs/heads/${base}` : 'refs/pull/1/merge',
    baseRef: base,
    headRef: head,
    ...(changed ? { changed } : {}),
  }
}

/** What a given payload says of commit and ref. */
function fromPayload(made: Event, payload: { readonly [key: string]: Value }): Partial<Event> {
  const text = (...path: string[]): string | undefined => {
    let value: Value | undefined = payload
    for (const key of path) {
      value = typeof value === 'object' && value !== null ? (value as Record<string, Value>)[key] : undefined
    }
    return typeof value === 'string' ? value : undefined
  }
  if (made.name === 'push') return { sha: text('after') ?? made.sha, ref: text('ref') ?? made.ref }
  if (!made.name.startsWith('pull_request')) return { ref: text('ref') ?? made.ref }
  return {
    sha: text('pull_request', 'head', 'sha') ?? made.sha,
    headRef: text('pull_request', 'head', 'ref') ?? made.headRef,
    baseRef: text('pull_request', 'base', 'ref') ?? made.baseRef,
  }
}

function common(checkout: Checkout, actor: string) {
  return { repository: repositoryPayload(checkout), sender: user(actor) }
}

function repositoryPayload({ repository, defaultBranch }: Checkout) {
  const [owner = '', name = ''] = repository.split('/')
  return {
    id: REPOSITORY_ID,
    name,
    full_name: repository,
    private: false,
    fork: false,
    owner: user(owner),
    default_branch: defaultBranch,
    html_url: `https://github.com/${repository}`,
    visibility: 'public',
  }
}

/** Ids are made up; GitHub's are numbers as well. */
export const REPOSITORY_ID = 1000001
export const OWNER_ID = 1000002
export const ACTOR_ID = 1000003

function user(login: string) {
  return { login, id: login === '' ? 0 : OWNER_ID, type: 'User', html_url: `https://github.com/${login}` }
}
