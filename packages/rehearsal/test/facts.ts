import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Permissions, PlannedJob, RunFacts } from '../src/contract.js'
import type { RepositoryFacts } from '../src/oidc/claims.js'
import { type RunningServices, type ServicesOptions, startServices } from '../src/services.js'

export const SHA = '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a'
export const REPOSITORY = 'octo-org/flight-delays'

export const run: RunFacts = {
  repository: REPOSITORY,
  runId: '4242',
  runAttempt: '1',
  sha: SHA,
  ref: 'refs/heads/main',
  event: 'push',
  actor: 'octocat',
  workflow: '.github/workflows/release.yml',
}

export const repository: RepositoryFacts = {
  id: '1296269',
  ownerId: '9919',
  visibility: 'private',
  actorId: '583231',
}

/** A job of a reusable workflow that another repository keeps. */
export function job(permissions: Permissions, more: Partial<PlannedJob> = {}): PlannedJob {
  return {
    key: 'release/sign',
    name: 'release / sign',
    id: 'sign',
    steps: [],
    env: {},
    defaults: {},
    permissions,
    outputs: {},
    timeoutMinutes: 10,
    continueOnError: false,
    home: {
      folder: '/nowhere',
      repository: 'sluice-ci/sluice',
      sha: 'a'.repeat(40),
      ref: 'refs/tags/v0.1.0',
      workflow: '.github/workflows/model-release.yml',
    },
    place: { file: '.github/workflows/model-release.yml', line: 1 },
    ...more,
  }
}

/** Stand-ins in a folder that goes with them. */
export async function services(
  more: Partial<ServicesOptions> = {},
): Promise<RunningServices & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-services-'))
  const running = await startServices({
    approve: [],
    run,
    repository,
    checkout: folder,
    folder,
    ...more,
  })
  return {
    ...running,
    folder,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Asks GitHub's API with a token. */
export async function ask(
  variables: Readonly<Record<string, string>>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
): Promise<{ status: number; headers: Headers; body: any }> {
  const response = await fetch(`${variables['GITHUB_API_URL']}${path}`, {
    method,
    headers: { authorization: `Bearer ${variables['GITHUB_TOKEN']}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  let parsed: unknown = text
  try {
    parsed = text === '' ? undefined : JSON.parse(text)
  } catch {
    // Raw contents are no JSON.
  }
  return { status: response.status, headers: response.headers, body: parsed }
}

/** The payload of a JWT. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** Asks for an identity token as the toolkit's client does. */
export async function identityToken(
  variables: Readonly<Record<string, string>>,
  audience = 'sigstore',
): Promise<{ status: number; value: string }> {
  const response = await fetch(
    `${variables['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=${encodeURIComponent(audience)}`,
    { headers: { authorization: `Bearer ${variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}` } },
  )
  const { value = '' } = (await response.json()) as { value?: string }
  return { status: response.status, value }
}
