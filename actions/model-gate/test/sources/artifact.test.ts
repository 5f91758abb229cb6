import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { crc32 } from 'node:zlib'
import type { Fetch } from '@sluice/toolkit'
import { describe, expect, test } from 'vitest'
import { BETTER, CANDIDATE, EQUAL, evidenceOf, gate, RUN, summary } from './gate.js'
import { realFetch, serve } from './server.js'

const CHAMPION = 'artifact:release.yml:champion/out/champion.json'
const TOKEN = 'ghs_secret'
const TIP = 'd'.repeat(40)
const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A stored zip of one file. */
function zip(content: string, name = 'out/champion.json'): Buffer {
  const data = Buffer.from(content)
  const local = Buffer.alloc(30)
  local.write('PK\x03\x04', 'latin1')
  for (const at of [18, 22]) local.writeUInt32LE(data.length, at)
  local.writeUInt32LE(crc32(data), 14)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.write('PK\x01\x02', 'latin1')
  local.copy(entry, 6, 4, 30)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(30 + name.length + data.length, 16)
  return Buffer.concat([local, Buffer.from(name), data, entry, Buffer.from(name), end])
}

interface Run {
  readonly id: number
  readonly artifact?: Buffer
  /** In place of what a run of ours has. */
  readonly run?: object
  readonly listed?: object
}

interface World {
  readonly runs: readonly Run[]
  /** How a commit stands to the branch's. */
  readonly compared?: string
  /** In place of the answer to requests whose path ends so. */
  readonly answers?: Readonly<Record<string, () => Response>>
}

/** GitHub with these runs of release.yml, newest first; downloads answer at once. */
function github({ runs, compared = 'behind', answers = {} }: World): Fetch & { asked: string[] } {
  const asked: string[] = []
  const answer = (path: string, query: URLSearchParams): unknown => {
    if (path === '') return { id: 7, default_branch: 'main' }
    if (path === '/branches/main') return { commit: { sha: TIP } }
    if (path.startsWith('/compare/')) return { status: compared }
    if (path === '/actions/workflows/release.yml/runs') {
      const page = Number(query.get('page'))
      const some = query.get('branch') === 'main' ? runs.slice(100 * (page - 1), 100 * page) : []
      return { workflow_runs: some.map(({ id, run }) => ({ ...OURS, id, ...run })) }
    }
    const id = /^\/actions\/runs\/(\d+)\/artifacts$/.exec(path)?.[1]
    const found = runs.find((one) => String(one.id) === id)
    if (found === undefined) return undefined
    const { artifact, listed } = found
    return { artifacts: artifact === undefined ? [] : [{ ...artifactOf(found.id, artifact), ...listed }] }
  }
  const fetch: Fetch = async (address, init) => {
    const url = new URL(address)
    const path = url.pathname.replace('/repos/octo-org/flight-delays', '')
    asked.push(path)
    expect(url.origin).toBe(RUN.apiUrl)
    if (new Headers(init?.headers).get('authorization') !== `Bearer ${TOKEN}`)
      return new Response('{}', { status: 401 })
    for (const [end, instead] of Object.entries(answers)) if (path.endsWith(end)) return instead()
    const download = /^\/actions\/artifacts\/(\d+)\/zip$/.exec(path)?.[1]
    const artifact = runs.find(({ id }) => String(id * 10) === download)?.artifact
    if (artifact !== undefined) return new Response(new Uint8Array(artifact))
    const body = answer(path, url.searchParams)
    return body === undefined ? new Response('{}', { status: 404 }) : Response.json(body)
  }
  return Object.assign(fetch, { asked })
}

const OURS = {
  run_attempt: 1,
  head_branch: 'main',
  head_sha: 'c'.repeat(40),
  path: '.github/workflows/release.yml',
  event: 'push',
  status: 'completed',
  conclusion: 'success',
  repository: { id: 7 },
  head_repository: { id: 7 },
}
const artifactOf = (run: number, bytes: Buffer) => ({
  id: run * 10,
  name: 'champion',
  size_in_bytes: bytes.length,
  expired: false,
  digest: `sha256:${hex(bytes)}`,
})
const gateOn = (fetch: Fetch, champion = CHAMPION, given: Parameters<typeof gate>[1] = {}) =>
  gate(champion, { run: RUN, fetch, given: { githubToken: TOKEN }, ...given })

test('the champion is what the default branch’s newest run left, and decides', async () => {
  const artifact = zip(EQUAL)
  const good = await gateOn(
    github({
      runs: [
        { id: 5, artifact },
        { id: 4, artifact: zip(BETTER) },
      ],
    }),
  )
  expect(good.verdict).toBe('pass')
  expect(evidenceOf(good)[1]).toMatchObject({
    name: CHAMPION,
    digest: { sha256: hex(Buffer.from(EQUAL)) },
    source: {
      kind: 'artifact',
      repository: 'octo-org/flight-delays',
      workflow: '.github/workflows/release.yml',
      runId: '5',
      runAttempt: '1',
      commit: 'c'.repeat(40),
      artifactId: '50',
      artifact: 'champion',
      sha256: hex(artifact),
      path: 'out/champion.json',
    },
  })
  const bad = await gateOn(github({ runs: [{ id: 5, artifact: zip(BETTER) }] }))
  expect(bad).toMatchObject({ verdict: 'fail', findings: [{ rule: 'evaluation/regression' }] })
})

test('an artifact without an archive is the file itself', async () => {
  const listed = { name: 'champion.json' }
  const fetch = github({ runs: [{ id: 5, artifact: Buffer.from(EQUAL), listed }] })
  expect((await gateOn(fetch, 'artifact:release.yml:champion.json')).verdict).toBe('pass')
})

describe('passed over for an older one is a run', () => {
  const older = { id: 4, artifact: zip(BETTER) }
  test.each<[string, Run, Partial<World>?]>([
    ['of a fork whose branch is called alike', { id: 5, run: { head_repository: { id: 8 } } }],
    ['of a pull request', { id: 5, run: { event: 'pull_request' } }],
    ['of `workflow_run`, which handles what forks made', { id: 5, run: { event: 'workflow_run' } }],
    ['that failed', { id: 5, run: { conclusion: 'failure' } }],
    ['without the artifact', { id: 5 }],
    ['whose artifact has expired', { id: 5, listed: { expired: true } }],
  ])('%s', async (_what, run) => {
    const artifact = 'run' in run || 'listed' in run ? { artifact: zip(summary(0.1)) } : {}
    const result = await gateOn(github({ runs: [{ ...run, ...artifact }, older] }))
    // The bad champion would have let anything through.
    expect(result.verdict).toBe('fail')
    expect(evidenceOf(result)[1]).toMatchObject({ source: { runId: '4' } })
  })

  test('even when forks fill the first pages', async () => {
    const forks = Array.from({ length: 250 }, (_, index) => ({
      id: 1000 - index,
      artifact: zip(summary(0.1)),
      run: { head_repository: { id: 8 } },
    }))
    const result = await gateOn(github({ runs: [...forks, older] }))
    expect(evidenceOf(result)[1]).toMatchObject({ source: { runId: '4' } })
  })
})

describe('refused is', () => {
  const runs = [{ id: 5, artifact: zip(EQUAL) }]
  const status = (code: number) => () => new Response('{}', { status: code })

  test.each<[string, World, string, object?]>([
    ['a commit that the branch does not have', { runs, compared: 'diverged' }, 'CHAMPION_ARTIFACT_MISSING'],
    ['a commit that is ahead of it', { runs, compared: 'ahead' }, 'CHAMPION_ARTIFACT_MISSING'],
    ['what has expired', { runs: [{ ...runs[0]!, listed: { expired: true } }] }, 'CHAMPION_ARTIFACT_EXPIRED'],
    [
      'what expired since it was listed',
      { runs, answers: { '/zip': status(410) } },
      'CHAMPION_ARTIFACT_EXPIRED',
    ],
    ['an unknown workflow', { runs, answers: { '/runs': status(404) } }, 'CHAMPION_ARTIFACT_MISSING'],
    [
      'a token that may not',
      { runs, answers: { '/runs': status(403) } },
      'CHAMPION_ARTIFACT_DENIED',
      { remedy: expect.stringContaining('actions: read') },
    ],
    ['a wrong token', { runs, answers: { '/zip': status(401) } }, 'CHAMPION_ARTIFACT_DENIED'],
    [
      'a server that breaks down',
      { runs, answers: { '/artifacts': status(502) } },
      'CHAMPION_ARTIFACT_ANSWER',
      { kind: 'surroundings' },
    ],
    [
      'what is no JSON',
      { runs, answers: { '/runs': () => new Response('<html>') } },
      'CHAMPION_ARTIFACT_ANSWER',
    ],
    [
      'another digest than GitHub has',
      { runs: [{ ...runs[0]!, listed: { digest: `sha256:${'0'.repeat(64)}` } }] },
      'CHAMPION_ARTIFACT_CHANGED',
      { kind: 'refused' },
    ],
    [
      'an artifact that is too large, before it is fetched',
      { runs: [{ ...runs[0]!, listed: { size_in_bytes: 2 ** 31 } }] },
      'CHAMPION_ARTIFACT_UNUSABLE',
    ],
    [
      'an artifact without the file',
      { runs: [{ id: 5, artifact: zip(EQUAL, 'out/x.json') }] },
      'CHAMPION_ARTIFACT_UNUSABLE',
    ],
    [
      'what is no archive',
      { runs: [{ id: 5, artifact: Buffer.from('<html>') }] },
      'CHAMPION_ARTIFACT_UNUSABLE',
    ],
    ['the candidate itself', { runs: [{ id: 5, artifact: zip(CANDIDATE) }] }, 'CHAMPION_IS_CANDIDATE'],
  ])('%s', async (_what, world, code, more = {}) => {
    await expect(gateOn(github(world))).rejects.toMatchObject({ code, ...more })
  })

  test('an artifact where there is no run, and no token', async () => {
    const fetch = github({ runs })
    const denied = { code: 'CHAMPION_ARTIFACT_DENIED' }
    await expect(gateOn(fetch, CHAMPION, { run: { kind: 'local' } })).rejects.toMatchObject(denied)
    await expect(gateOn(fetch, CHAMPION, { given: {} })).rejects.toMatchObject(denied)
    expect(fetch.asked).toEqual([])
  })

  test('a champion whose metric is no number', async () => {
    const result = await gateOn(github({ runs: [{ id: 5, artifact: zip(summary('NaN')) }] }))
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ rule: 'evaluation/champion-not-finite' }],
    })
  })
})

test('a download is followed to another server, which is told no token', async () => {
  const artifact = zip(EQUAL)
  const told: IncomingHttpHeaders[] = []
  await using storage = await serve((_path, headers) => {
    told.push(headers)
    return new Response(new Uint8Array(artifact))
  })
  const answers = { '/zip': () => Response.redirect(`${storage.url}/blob?sig=x`, 302) }
  const inner = github({ runs: [{ id: 5, artifact }], answers })
  await using api = await serve(
    async (path, headers) =>
      await inner(`${RUN.apiUrl}${path}`, { headers: { authorization: headers.authorization ?? '' } }),
  )
  const result = await gateOn(realFetch(), CHAMPION, { run: { ...RUN, apiUrl: api.url } })
  expect(result.verdict).toBe('pass')
  expect(told).toHaveLength(1)
  expect(JSON.stringify(told)).not.toContain(TOKEN)
})
