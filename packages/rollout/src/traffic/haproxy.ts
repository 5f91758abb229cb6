import { SluiceError } from '@sluice/errors'
import { describeAddress, parseSocketAddress, type SocketAddress } from './address.js'
import { expectSuccess, parseServersState } from './answers.js'
import { exchange } from './runtime-socket.js'
import type { Arm, Traffic, TrafficState, Weights } from './traffic.js'
import { MAX_WEIGHT } from './weights.js'

export interface HaproxyOptions {
  /** Path of a unix socket, or `127.0.0.1:<port>`. */
  readonly socket: string
  readonly backend: string
  /** Names of the two servers in the backend. */
  readonly stable: string
  readonly canary: string
  /** Milliseconds for one command; 2000 unless given. */
  readonly timeout?: number
}

/** What HAProxy itself allows in a proxy's or server's name; `;` would start a second command. */
const NAME = /^[A-Za-z0-9_.:-]{1,200}$/
const ANSWER_LIMIT = 1024 * 1024
const TIMEOUT = 2000

/**
 * HAProxy's runtime API as a traffic provider (management guide 2.6, section 9.3). Needs `level admin`.
 * @throws SluiceError TRAFFIC_ADDRESS_INVALID, TRAFFIC_NAME_INVALID
 */
export function haproxyTraffic(options: HaproxyOptions): Traffic {
  for (const name of [options.backend, options.stable, options.canary]) checkName(name)
  if (options.stable === options.canary) {
    throw new SluiceError(
      'TRAFFIC_NAME_INVALID',
      `Stable and canary are the same server, \`${options.stable}\`.`,
      {
        remedy: 'Name two servers of the backend.',
      },
    )
  }
  return new Haproxy(parseSocketAddress(options.socket), options)
}

class Haproxy implements Traffic {
  readonly name: string
  constructor(
    private readonly address: SocketAddress,
    private readonly options: HaproxyOptions,
  ) {
    this.name = `haproxy backend ${options.backend} at ${describeAddress(address)}`
  }

  async read(signal?: AbortSignal): Promise<TrafficState> {
    const command = `show servers state ${this.options.backend}`
    const rows = parseServersState(await this.#send(command, signal), command)
    const of = (name: string) => {
      const row = rows.find((candidate) => candidate.server === name)
      if (row) return { weight: row.weight, condition: row.condition }
      throw new SluiceError(
        'TRAFFIC_NO_SERVER',
        `The backend ${this.options.backend} has no server \`${name}\`.`,
        {
          remedy: `Name one of its servers: ${rows
            .slice(0, 10)
            .map((row) => row.server)
            .join(', ')}.`,
          kind: 'surroundings',
        },
      )
    }
    const others = rows.filter(
      (row) =>
        row.server !== this.options.stable &&
        row.server !== this.options.canary &&
        row.condition === 'ready' &&
        row.weight > 0,
    )
    return {
      stable: of(this.options.stable),
      canary: of(this.options.canary),
      others: others.map((row) => row.server),
    }
  }

  async write(weights: Weights, signal?: AbortSignal): Promise<void> {
    // The larger of the two first: on the way from 100/0 to 0/100 the pool must not be left with two zeros.
    const order: Arm[] = weights.canary > weights.stable ? ['canary', 'stable'] : ['stable', 'canary']
    for (const arm of order) {
      const command = `set server ${this.options.backend}/${this.options[arm]} weight ${whole(weights[arm])}`
      expectSuccess(await this.#send(command, signal), command)
    }
  }

  #send(command: string, signal?: AbortSignal): Promise<string> {
    const timeout = this.options.timeout ?? TIMEOUT
    return exchange(this.address, command, { timeout, limit: ANSWER_LIMIT, signal })
  }
}

function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new SluiceError(
    'TRAFFIC_NAME_INVALID',
    `${JSON.stringify(name)} is no name of a backend or server; expected letters, digits, \`_\`, \`.\`, \`:\`, \`-\`.`,
    { remedy: 'Use the name as it stands in haproxy.cfg.' },
  )
}

function whole(weight: number): number {
  if (Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT) return weight
  throw new SluiceError(
    'TRAFFIC_WEIGHT_REFUSED',
    `The weight ${weight} is not a whole number from 0 to ${MAX_WEIGHT}.`,
    {
      remedy: 'Use weights from 0 to 256.',
    },
  )
}
