import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HaproxyOptions, haproxyTraffic, weightsFor } from '@sluice/rollout'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const names = { backend: 'models', stable: 'stable', canary: 'canary' }

/** A unix socket that answers whatever it is told to. */
async function socket(answer: (socket: Socket) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-socket-'))
  const path = join(folder, 's')
  const open = new Set<Socket>()
  const server = createServer((connection) => {
    open.add(connection)
    connection.on('error', () => {})
    connection.once('data', () => answer(connection))
  }).listen(path)
  await once(server, 'listening')
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const connection of open) connection.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

describe('a runtime socket that does not do its part', () => {
  const HEAD = '1\n# be_name srv_name srv_op_state srv_admin_state srv_uweight\n'
  test.each<[string, (socket: Socket) => void, string]>([
    ['never answers', () => {}, 'TRAFFIC_TIMEOUT'],
    ['answers half and stalls', (peer) => peer.write('1\n# be_'), 'TRAFFIC_TIMEOUT'],
    ['is cut off in the table', (peer) => peer.end(`${HEAD}models stable 2 0 1`), 'TRAFFIC_ANSWER_MALFORMED'],
    [
      'never ends',
      (peer) => {
        const more = () => {
          while (!peer.destroyed && peer.write('x'.repeat(65_536)));
        }
        peer.on('drain', more)
        more()
      },
      'TRAFFIC_ANSWER_TOO_LARGE',
    ],
    ['speaks HTTP', (peer) => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'TRAFFIC_ANSWER_MALFORMED'],
    ['has another format', (peer) => peer.end('2\n# x\n'), 'TRAFFIC_ANSWER_MALFORMED'],
    [
      'lacks a column',
      (peer) => peer.end('1\n# be_name srv_name\nmodels stable\n\n'),
      'TRAFFIC_ANSWER_MALFORMED',
    ],
    [
      'has a row of rubbish',
      (peer) => peer.end(`${HEAD}models stable 2 0 many\n\n`),
      'TRAFFIC_ANSWER_MALFORMED',
    ],
    ['is empty', (peer) => peer.end(''), 'TRAFFIC_ANSWER_MALFORMED'],
    ['says something new', (peer) => peer.end('The moon is full.\n\n'), 'TRAFFIC_REFUSED'],
  ])('%s', async (_, answer, code) => {
    await using peer = await socket(answer)
    const timeout = code === 'TRAFFIC_TIMEOUT' ? 100 : 5000
    const traffic = haproxyTraffic({ ...names, socket: peer.path, timeout })
    await expect(traffic.read()).rejects.toMatchObject({ code, kind: 'surroundings' })
  })

  test('that swallows a write has not done it', async () => {
    await using peer = await socket((p) => p.end(''))
    const write = haproxyTraffic({ ...names, socket: peer.path }).write({ stable: 1, canary: 1 })
    await expect(write).rejects.toMatchObject({ code: 'TRAFFIC_ANSWER_MALFORMED' })
  })

  test('is not there', async () => {
    const traffic = haproxyTraffic({ ...names, socket: '/nonexistent/haproxy.sock' })
    await expect(traffic.read()).rejects.toMatchObject({ code: 'TRAFFIC_UNREACHABLE' })
  })

  test('is left at once on abort', async () => {
    await using peer = await socket(() => {})
    const reason = new Error('stop')
    const controller = new AbortController()
    const reading = haproxyTraffic({ ...names, socket: peer.path }).read(controller.signal)
    setTimeout(() => controller.abort(reason), 20)
    await expect(reading).rejects.toBe(reason)
  })

  test.each([
    ['2 0', 'ready'],
    ['1 0', 'ready'],
    ['0 0', 'down'],
    ['3 0', 'draining'],
    ['2 8', 'draining'],
    ['2 16', 'draining'],
    ['0 1', 'maintenance'],
    ['0 5', 'maintenance'],
    ['2 4', 'ready'],
    ['0 32', 'maintenance'],
  ])('state `%s` is %s', async (state, condition) => {
    await using peer = await socket((p) =>
      p.end(`${HEAD}models stable 2 0 9\nmodels canary ${state} 7\nmodels c 2 0 3\n\n`),
    )
    expect(await haproxyTraffic({ ...names, socket: peer.path }).read()).toEqual({
      stable: { weight: 9, condition: 'ready' },
      canary: { weight: 7, condition },
      others: ['c'],
    })
  })
})

describe('hostile configuration', () => {
  test.each<[string, Partial<HaproxyOptions>, string]>([
    ['a second command in a name', { backend: 'a; shutdown sessions server b' }, 'TRAFFIC_NAME_INVALID'],
    ['a line in a name', { canary: 'a\nb' }, 'TRAFFIC_NAME_INVALID'],
    ['a slash in a name', { canary: 'other/b' }, 'TRAFFIC_NAME_INVALID'],
    ['the same server twice', { canary: 'stable' }, 'TRAFFIC_NAME_INVALID'],
    ['another machine', { socket: '10.0.0.5:9999' }, 'TRAFFIC_ADDRESS_INVALID'],
    ['another machine by name', { socket: 'tcp:admin.example:9999' }, 'TRAFFIC_ADDRESS_INVALID'],
    ['no such port', { socket: '127.0.0.1:99999' }, 'TRAFFIC_ADDRESS_INVALID'],
    ['a path no socket can have', { socket: `/${'a'.repeat(200)}` }, 'TRAFFIC_ADDRESS_INVALID'],
    ['nothing', { socket: '' }, 'TRAFFIC_ADDRESS_INVALID'],
  ])('%s is refused before a byte is sent', (_, over, code) => {
    expect(() => haproxyTraffic({ ...names, socket: '/run/h.sock', ...over })).toThrowError(
      expect.objectContaining({ code, kind: 'usage' }),
    )
  })
})

describe('weights for a share', () => {
  test.each([
    [5, { stable: 95, canary: 5 }],
    [50, { stable: 50, canary: 50 }],
    [0.5, { stable: 199, canary: 1 }],
    [99.5, { stable: 1, canary: 199 }],
    [33.3, { stable: 2, canary: 1 }],
  ])('%d %%', (percent, weights) => {
    expect(weightsFor(percent)).toEqual(weights)
  })

  test('come within a tenth of the share, or are refused', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.4, max: 99.6, noNaN: true }), (percent) => {
        const { stable, canary } = weightsFor(percent)
        for (const weight of [stable, canary]) {
          expect(Number.isInteger(weight) && weight >= 1 && weight <= 256).toBe(true)
        }
        const off = Math.abs((100 * canary) / (stable + canary) - percent)
        expect(off).toBeLessThanOrEqual(Math.min(percent, 100 - percent) / 10)
      }),
    )
    expect(() => weightsFor(0.1)).toThrowError(
      expect.objectContaining({ code: 'ROLLOUT_WEIGHT_UNREACHABLE' }),
    )
  })
})
