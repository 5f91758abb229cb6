import { SluiceError } from '@sluice/errors'
import { LIMITS } from '../limits.js'
import { collect } from '../verified.js'
import type { Challenge } from './challenge.js'
import type { Credentials } from './credentials.js'
import { checkTarget } from './hosts.js'
import { type Fetch, isInterruption } from './transport.js'

interface Token {
  readonly value: string
  /** Milliseconds since the epoch from which on it is not used any more. */
  readonly until: number
}

/** distribution's default when `expires_in` is absent: 60 s. */
const DEFAULT_SECONDS = 60

/** Answers the challenges of one registry, and remembers what worked, by scope. */
export class Authorizer {
  readonly #registry: URL
  readonly #fetch: Fetch
  readonly #find: () => Promise<Credentials | undefined>
  readonly #tokens = new Map<string, Token>()
  readonly #pending = new Map<string, Promise<Token>>()
  #credentials: Promise<Credentials | undefined> | undefined
  #challenge: Challenge | undefined

  constructor(registry: URL, fetch: Fetch, find: () => Promise<Credentials | undefined>) {
    this.#registry = registry
    this.#fetch = fetch
    this.#find = find
  }

  /** The Authorization header for these scopes as far as it is known how to get one. */
  async header(scopes: readonly string[]): Promise<string | undefined> {
    return this.#challenge === undefined ? undefined : await this.#headerFor(this.#challenge, scopes)
  }

  /**
   * Answers a 401.
   * @param used the header that was refused, which is not sent again
   * @returns the header to try next, or undefined when there is nothing else to show
   */
  async answer(
    challenges: readonly Challenge[],
    scopes: readonly string[],
    used: string | undefined,
  ): Promise<string | undefined> {
    const bearer = challenges.find(
      ({ scheme, parameters }) => scheme === 'bearer' && parameters['realm'] !== undefined,
    )
    const chosen = bearer ?? challenges.find(({ scheme }) => scheme === 'basic')
    if (chosen === undefined) return undefined
    this.#challenge = chosen
    const asked = chosen.parameters['scope']?.split(' ').filter((scope) => scope !== '') ?? []
    const key = scopes.join(' ')
    if (used !== undefined) this.#tokens.delete(key)
    const header = await this.#headerFor(chosen, scopes, asked)
    return header === used ? undefined : header
  }

  /** What to tell a person whose access was refused. */
  async explain(): Promise<string> {
    const credentials = await this.#known()
    if (credentials === undefined) return 'No credentials were found: log in with `docker login` before.'
    if (credentials.kind !== 'helper')
      return 'Check that these credentials are valid and may use this repository.'
    return `They are held by docker-credential-${credentials.helper}, which is not executed: log in to a configuration of its own, with DOCKER_CONFIG set, that keeps a plain "auths" entry.`
  }

  async #headerFor(
    challenge: Challenge,
    scopes: readonly string[],
    asked: readonly string[] = [],
  ): Promise<string | undefined> {
    const credentials = await this.#known()
    if (credentials?.kind === 'registry-token') return `Bearer ${credentials.token}`
    if (challenge.scheme === 'basic') return credentials?.kind === 'password' ? basic(credentials) : undefined
    const key = scopes.join(' ')
    const cached = this.#tokens.get(key)
    if (cached !== undefined && cached.until > Date.now()) return `Bearer ${cached.value}`
    const wanted = [...new Set([...scopes, ...asked])]
    const pending = this.#pending.get(key) ?? this.#obtain(challenge, wanted, credentials)
    this.#pending.set(key, pending)
    try {
      const token = await pending
      this.#tokens.set(key, token)
      return `Bearer ${token.value}`
    } finally {
      this.#pending.delete(key)
    }
  }

  /** Docker's token flow: GET with Basic or anonymous, POST for an identity token (distribution, auth/oauth.md). */
  async #obtain(
    { parameters }: Challenge,
    scopes: readonly string[],
    credentials: Credentials | undefined,
  ): Promise<Token> {
    const realm = this.#realm(parameters['realm'] ?? '')
    const service = parameters['service']
    const password = credentials?.kind === 'password' ? credentials : undefined
    if (credentials?.kind === 'identity-token') {
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'sluice',
        refresh_token: credentials.token,
      })
      if (service !== undefined) form.set('service', service)
      form.set('scope', scopes.join(' '))
      return await this.#read(await this.#ask(realm, { method: 'POST', body: form }))
    }
    if (service !== undefined) realm.searchParams.set('service', service)
    for (const scope of scopes) realm.searchParams.append('scope', scope)
    return await this.#read(
      await this.#ask(realm, password === undefined ? {} : { headers: { authorization: basic(password) } }),
    )
  }

  async #ask(realm: URL, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(realm, { ...init, redirect: 'manual', signal: AbortSignal.timeout(30_000) })
    } catch (cause) {
      if (isInterruption(cause)) throw cause
      throw new SluiceError(
        'OCI_UNREACHABLE',
        `The token service of ${this.#registry.host} at ${realm.host} does not answer.`,
        {
          kind: 'surroundings',
          cause,
          remedy: 'Check the network and whether the registry is up; then run it again.',
        },
      )
    }
  }

  async #read(response: Response): Promise<Token> {
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new SluiceError(
        'OCI_UNAUTHORIZED',
        `The token service of ${this.#registry.host} answered ${response.status} instead of a token.`,
        {
          kind: 'surroundings',
          remedy: await this.explain(),
        },
      )
    }
    const bytes = await collect(
      response.body ?? nothing(),
      LIMITS.answer,
      'A token answer',
      this.#registry.host,
    )
    const json = parse(bytes)
    const value = typeof json['token'] === 'string' ? json['token'] : json['access_token']
    // A token goes into a header: one with spaces or line ends is no token.
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
      throw new SluiceError(
        'OCI_UNAUTHORIZED',
        `The token service of ${this.#registry.host} answered without a usable token.`,
        {
          kind: 'surroundings',
          remedy: 'Ask whoever runs the registry to look at its token service.',
        },
      )
    }
    const seconds =
      typeof json['expires_in'] === 'number' && json['expires_in'] > 0 ? json['expires_in'] : DEFAULT_SECONDS
    return { value, until: Date.now() + Math.max(seconds / 2, seconds - 15) * 1000 }
  }

  #realm(text: string): URL {
    const realm = URL.parse(text)
    if (realm === null) {
      throw new SluiceError(
        'OCI_PROTOCOL',
        `${this.#registry.host} names a token realm that is no address.`,
        {
          kind: 'surroundings',
          remedy: 'Correct the realm in the registry’s configuration.',
        },
      )
    }
    checkTarget(this.#registry, realm)
    return realm
  }

  #known(): Promise<Credentials | undefined> {
    this.#credentials ??= this.#find()
    return this.#credentials
  }
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
