import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, json, RegistryFault } from './answer.js'
import type { Route } from './route.js'

/** Who may use an embedded registry. */
export interface Access {
  /** HTTP Basic on every request. */
  readonly basic?: { readonly username: string; readonly password: string }
  /** Docker's token flow: Basic at `/token`, then Bearer tokens that live for `seconds` (300). */
  readonly token?: Holders & {
    readonly seconds?: number
    readonly anonymousPull?: boolean
  }
}

export type RegistryAction = 'pull' | 'push' | 'delete'

/** The one user, who may do all; or what each may do, undefined for who is not known. */
export type Holders =
  | { readonly username: string; readonly password: string }
  | { allowed(username: string, password: string): readonly RegistryAction[] | undefined }

const ALL: readonly RegistryAction[] = ['pull', 'push', 'delete']

interface Grant {
  readonly expires: number
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>
}

/** Checks the Authorization header of every request, and hands out tokens. */
export class Guard {
  readonly #access: Access
  readonly #grants = new Map<string, Grant>()

  constructor(access: Access) {
    this.#access = access
  }

  /** @throws RegistryFault 401 with a challenge, 403 when the token does not cover the repository */
  check(request: IncomingMessage, route: Route, origin: string, query: URLSearchParams): void {
    const { basic, token } = this.#access
    const header = request.headers.authorization ?? ''
    if (basic !== undefined && !isBasic(header, basic)) {
      throw new RegistryFault(401, 'UNAUTHORIZED', 'Credentials are needed.', {
        'www-authenticate': 'Basic realm="registry"',
      })
    }
    if (token === undefined) return
    const grant = header.startsWith('Bearer ') ? this.#grants.get(header.slice('Bearer '.length)) : undefined
    const needed = neededScopes(request.method ?? 'GET', route, query)
    const valid = grant !== undefined && grant.expires > Date.now()
    if (valid && needed.every(({ name, action }) => grant.scopes.get(name)?.has(action) === true)) return
    const scope = [...new Set(needed.map(({ name }) => name))]
      .map(
        (name) =>
          `repository:${name}:${needed
            .filter((need) => need.name === name)
            .map(({ action }) => action)
            .join(',')}`,
      )
      .join(' ')
    const challenge = `Bearer realm="${origin}/token",service="${new URL(origin).host}"`
    throw new RegistryFault(401, 'UNAUTHORIZED', 'A token is needed.', {
      'www-authenticate': scope === '' ? challenge : `${challenge},scope="${scope}"`,
    })
  }

  /** Answers `GET /token?service=…&scope=…`, or undefined when this registry has no tokens. */
  issue(request: IncomingMessage, query: URLSearchParams): Answer | undefined {
    const { token } = this.#access
    if (token === undefined) return undefined
    const { authorization } = request.headers
    const known = authorization === undefined ? undefined : allowedTo(authorization, token)
    const allowed =
      known ?? (authorization === undefined && token.anonymousPull === true ? ['pull'] : undefined)
    if (allowed === undefined) {
      throw new RegistryFault(401, 'UNAUTHORIZED', 'Wrong credentials.', {
        'www-authenticate': 'Basic realm="token"',
      })
    }
    const scopes = new Map<string, Set<string>>()
    for (const scope of query.getAll('scope').flatMap((value) => value.split(' '))) {
      const match = /^repository:(.+):([a-z*,]+)$/.exec(scope)
      if (match === null) continue
      // `*` asks for everything, and gets what is allowed.
      const asked = match[2]!.split(',')
      const actions = allowed.filter((action) => asked.includes(action) || asked.includes('*'))
      scopes.set(match[1]!, new Set([...(scopes.get(match[1]!) ?? []), ...actions]))
    }
    const seconds = token.seconds ?? 300
    const value = randomBytes(24).toString('base64url')
    this.#grants.set(value, { expires: Date.now() + seconds * 1000, scopes })
    return json(200, { token: value, expires_in: seconds })
  }
}

function neededScopes(
  method: string,
  route: Route,
  query: URLSearchParams,
): { name: string; action: string }[] {
  if (route.kind === 'base') return []
  const actions =
    method === 'GET' || method === 'HEAD'
      ? ['pull']
      : method === 'DELETE' && route.kind !== 'upload'
        ? ['delete']
        : ['pull', 'push']
  const needed = actions.map((action) => ({ name: route.name, action }))
  const from = route.kind === 'uploads' && query.has('mount') ? query.get('from') : null
  return from === null || from === route.name ? needed : [...needed, { name: from, action: 'pull' }]
}

function allowedTo(header: string, credentials: Holders): readonly RegistryAction[] | undefined {
  if (!('allowed' in credentials)) return isBasic(header, credentials) ? ALL : undefined
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header)?.[1] ?? ''
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : credentials.allowed(text.slice(0, colon), text.slice(colon + 1))
}

function isBasic(header: string, { username, password }: { username: string; password: string }): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return timingSafeEqual(digest(header), digest(expected))
}
