import { SluiceError } from '@sluice/errors'
import { Exchange } from './exchange.js'
import { type Faults, faultsOf } from './faults.js'
import { ENGINE_LIMITS, type EngineLimits, type ServerOptions } from './options.js'

/** What every server engine has: an address, credentials, limits, and statements that end when it is closed. */
export class Server {
  readonly url: URL
  readonly faults: Faults
  readonly limits: EngineLimits
  readonly #options: ServerOptions
  readonly #closed = new AbortController()

  /**
   * @param engine as errors name it
   * @param url checked by `engineAddress`
   */
  constructor(engine: string, url: URL, options: ServerOptions) {
    this.url = url
    this.#options = options
    this.limits = { ...ENGINE_LIMITS, ...options.limits }
    this.faults = faultsOf(engine, url.host, secretsOf(options))
  }

  /** Begins one statement. @param headers go with each of its requests */
  begin(headers: Readonly<Record<string, string>> = {}): Exchange {
    const { fetch, signal, sleep } = this.#options
    return new Exchange({
      origin: this.url.origin,
      headers: { ...authorization(this.#options), ...headers },
      fetch,
      sleep,
      limits: this.limits,
      faults: this.faults,
      signal: signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]),
    })
  }

  /** Ends every statement that still runs. */
  close(): void {
    this.#closed.abort(this.faults.failed('the engine was closed before it had answered'))
  }
}

/** @throws SluiceError ENGINE_INPUTS_INVALID for an engine that knows no users with passwords */
export function tokenOnly(engine: string, { user }: ServerOptions): void {
  if (user === undefined || user === '') return
  throw new SluiceError('ENGINE_INPUTS_INVALID', `${engine} takes a token, and \`engine-user\` is set.`, {
    remedy: 'Leave `engine-user` out, and give the token as `engine-password`.',
  })
}

/** Basic for a user with a password (RFC 7617, in UTF-8), Bearer for a token alone (RFC 6750). */
function authorization({ user, password }: ServerOptions): Record<string, string> {
  if (password === undefined || password === '') return {}
  return { authorization: user ? `Basic ${basic(user, password)}` : `Bearer ${password}` }
}

function secretsOf({ user = '', password = '' }: ServerOptions): string[] {
  return password === '' ? [] : [password, basic(user, password)]
}

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}
