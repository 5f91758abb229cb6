import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { haproxyTraffic, shift } from '@sluice/rollout'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** A balancer with the backend `models`, servers `stable` (weight 100) and `canary` (weight 0). */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  readonly admin: string
  /** A second runtime socket over the same or an equal pool, with `level operator`. */
  readonly operator: string
}

/**
 * What the provider needs of a balancer, run against HAProxy itself and against the stand-in of rehearsals, so
 * that the stand-in cannot drift from the real one.
 */
export function trafficContract(
  name: string,
  start: (servers: { stable: string; canary: string }) => Promise<Balancer>,
  options: { readonly skip?: boolean } = {},
): void {
  describe.skipIf(options.skip)(name, () => {
    let stable: Echo
    let canary: Echo
    let balancer: Balancer

    beforeAll(async () => {
      stable = await echo('stable')
      canary = await echo('canary')
      balancer = await start({ stable: stable.url, canary: canary.url })
    })
    afterAll(async () => {
      await balancer[Symbol.asyncDispose]()
      await stable[Symbol.asyncDispose]()
      await canary[Symbol.asyncDispose]()
    })
    const provider = (over: Partial<Parameters<typeof haproxyTraffic>[0]> = {}) =>
      haproxyTraffic({
        socket: balancer.admin,
        backend: 'models',
        stable: 'stable',
        canary: 'canary',
        ...over,
      })
    const command = (line: string) => exchange(balancer.admin, line)

    test('weights that were set are read back', async () => {
      const traffic = provider()
      expect(await traffic.read()).toEqual({
        stable: { weight: 100, condition: 'ready' },
        canary: { weight: 0, condition: 'ready' },
        others: [],
      })
      expect(await shift(traffic, { stable: 95, canary: 5 })).toMatchObject({
        stable: { weight: 95 },
        canary: { weight: 5 },
      })
      expect(await shift(traffic, { stable: 0, canary: 256 })).toMatchObject({ canary: { weight: 256 } })
      await shift(traffic, { stable: 100, canary: 0 })
    })

    test.each([
      [0, 0, 0],
      [10, 0.07, 0.13],
      [100, 1, 1],
    ])('a weight of %i percent moves that share of requests', async (percent, low, high) => {
      await shift(provider(), { stable: 100 - percent, canary: percent })
      const share = await shareOfCanary(balancer.url, 1500)
      expect(share).toBeGreaterThanOrEqual(low)
      expect(share).toBeLessThanOrEqual(high)
      await shift(provider(), { stable: 100, canary: 0 })
    })

    test('a drained server keeps its weight and gets no traffic, and the shift says so', async () => {
      expect(await command('set server models/canary state drain')).toBe('\n')
      await expect(shift(provider(), { stable: 50, canary: 50 })).rejects.toMatchObject({
        code: 'TRAFFIC_SERVER_NOT_READY',
        message: expect.stringContaining('draining'),
      })
      expect(await command('get weight models/canary')).toBe('50 (initial 0)\n\n')
      expect(await shareOfCanary(balancer.url, 100)).toBe(0)
      expect(await command('set server models/canary state maint')).toBe('\n')
      expect(await provider().read()).toMatchObject({ canary: { condition: 'maintenance' } })
      await command('set server models/canary state ready')
      await shift(provider(), { stable: 100, canary: 0 })
    })

    test.each([
      ['an unknown backend', { backend: 'nowhere' }, 'TRAFFIC_NO_BACKEND'],
      ['an unknown server', { canary: 'nobody' }, 'TRAFFIC_NO_SERVER'],
    ])('%s is named', async (_, over, code) => {
      const traffic = provider(over)
      await expect(traffic.read()).rejects.toMatchObject({ code, kind: 'surroundings' })
      await expect(traffic.write({ stable: 0, canary: 1 })).rejects.toMatchObject({ code })
    })

    test('a socket without the right to write is refused, and nothing changed', async () => {
      const traffic = provider({ socket: balancer.operator })
      await expect(traffic.write({ stable: 1, canary: 1 })).rejects.toMatchObject({ code: 'TRAFFIC_DENIED' })
      expect(await traffic.read()).toMatchObject({ canary: { weight: 0 } })
    })

    // Seen from HAProxy 2.6.12: success is an empty line, errors are prose.
    test.each([
      ['get weight models/stable', '100 (initial 100)\n\n'],
      ['set server models/canary weight 300', 'Absolute weight can only be between 0 and 256 inclusive.\n\n'],
      ['set server models/canary weight -1', 'Absolute weight can only be between 0 and 256 inclusive.\n\n'],
      ['set server models/canary weight abc', 'Empty weight string empty or preceded by garbage\n'],
      ['set server models/canary weight 5x', 'Trailing garbage in weight string\n'],
      ['set server models/canary weight -5%', 'Relative weight must be positive.\n\n'],
      ['set server models/canary weight', 'Require <weight> or <weight%>.\n\n'],
      ['set server models/canary weight 5%', '\n'],
      ['get weight models/canary', '0 (initial 0)\n\n'],
      ['set server models/stable weight 50%', '\n'],
      ['get weight models/stable', '50 (initial 100)\n\n'],
      ['set weight models/stable 100', '\n'],
      ['set server models/nobody weight 5', 'No such server.\n\n'],
      ['set server nowhere/x weight 5', 'No such backend.\n\n'],
      ['get weight models/nobody', 'No such server.\n\n'],
      ['get weight models', "Require 'backend/server'.\n\n"],
      ['show servers state nowhere', "Can't find backend.\n\n"],
      ['get weight models/canary;get weight models/stable', '0 (initial 0)\n\n100 (initial 100)\n\n'],
      [
        'set server models/canary state gone',
        "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n",
      ],
      [
        'set server models/canary',
        'usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n\n',
      ],
    ])('`%s` is answered as HAProxy answers', async (line, text) => {
      expect(await command(line)).toBe(text)
    })

    test('the table of servers has the columns of HAProxy', async () => {
      const lines = (await command('show servers state models')).split('\n')
      expect(lines[0]).toBe('1')
      expect(lines[1]).toMatch(
        /^# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight /,
      )
      const stableRow = /^\d+ models 1 stable 127\.0\.0\.1 2 0 100 100 \d+ 1 0 2 0 0 0 0 - \d+ - 0 0 - - 0$/
      expect(lines[2]).toMatch(stableRow)
      expect(lines.slice(4)).toEqual(['', ''])
    })

    test('bodies pass both ways as they are', async () => {
      const body = Buffer.alloc(300_000, 'flight ')
      const response = await fetch(`${balancer.url}/echo?a=1`, { method: 'POST', body })
      expect(response.headers.get('x-path')).toBe('/echo?a=1')
      expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
    })
  })
}

interface Echo extends AsyncDisposable {
  readonly url: string
}

async function echo(name: string): Promise<Echo> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'x-server': name, 'x-path': request.url })
    request.pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function shareOfCanary(url: string, requests: number): Promise<number> {
  let canary = 0
  for (let sent = 0; sent < requests; sent += 50) {
    const names = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await fetch(url)
        await response.arrayBuffer()
        return response.headers.get('x-server')
      }),
    )
    canary += names.filter((name) => name === 'canary').length
  }
  return canary / requests
}

async function exchange(address: string, line: string): Promise<string> {
  const port = /^127\.0\.0\.1:(\d+)$/.exec(address)?.[1]
  const socket = port ? connect(Number(port), '127.0.0.1') : connect(address)
  socket.end(`${line}\n`)
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk
  return text
}
