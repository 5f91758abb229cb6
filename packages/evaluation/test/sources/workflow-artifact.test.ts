import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { artifactFile } from '../../src/sources/artifact-file.js'
import { believedRuns, newestArtifact } from '../../src/sources/workflow-artifact.js'

const DEMAND = { repositoryId: '7', branch: 'main', workflow: 'release.yml' }
const RUN = {
  id: 41,
  run_attempt: 2,
  head_branch: 'main',
  head_sha: 'c'.repeat(40),
  path: '.github/workflows/release.yml',
  event: 'push',
  status: 'completed',
  conclusion: 'success',
  repository: { id: 7 },
  head_repository: { id: 7 },
}
const believed = (run: object) => believedRuns({ workflow_runs: [{ ...RUN, ...run }] }, DEMAND)

describe('a run of the default branch', () => {
  test.each(['push', 'schedule', 'workflow_dispatch'])('by %s is believed', (event) => {
    expect(believed({ event })).toEqual([{ id: '41', attempt: '2', commit: 'c'.repeat(40) }])
  })

  test.each<[string, object]>([
    ['whose commit is of a fork that calls its branch alike', { head_repository: { id: 8 } }],
    ['whose fork has been deleted', { head_repository: null }],
    ['of another repository', { repository: { id: 8 } }],
    ['by a pull request', { event: 'pull_request' }],
    ['by a pull request on the base', { event: 'pull_request_target' }],
    ['after another workflow', { event: 'workflow_run' }],
    ['on another branch', { head_branch: 'Main' }],
    ['that failed', { conclusion: 'failure' }],
    ['that goes on', { status: 'in_progress', conclusion: null }],
    ['of another workflow', { path: '.github/workflows/nightly.yml' }],
    ['of a file that ends alike', { path: 'x/.github/workflows/release.yml' }],
    ['without a commit', { head_sha: 'main' }],
    ['without a number', { id: '41' }],
  ])('%s is not', (_what, run) => {
    expect(believed(run)).toEqual([])
  })

  test('is looked for in nothing but a list', () => {
    expect(believedRuns(undefined, DEMAND)).toEqual([])
    expect(believedRuns({ workflow_runs: [null, 3, 'x'] }, DEMAND)).toEqual([])
  })
})

const ARTIFACT = {
  id: 5,
  name: 'champion',
  size_in_bytes: 10,
  expired: false,
  digest: `sha256:${'a'.repeat(64)}`,
}

test('of several artifacts of a name the newest unexpired one counts', () => {
  const artifacts = [
    ARTIFACT,
    { ...ARTIFACT, id: 9, expired: true },
    { ...ARTIFACT, id: 8, digest: null },
    { ...ARTIFACT, id: 10, name: 'champion-2' },
  ]
  expect(newestArtifact({ artifacts }, 'champion')).toEqual({
    state: 'there',
    id: '8',
    bytes: 10,
    sha256: undefined,
  })
  expect(newestArtifact({ artifacts: [ARTIFACT] }, 'champion')).toMatchObject({ sha256: 'a'.repeat(64) })
  expect(newestArtifact({ artifacts: [{ ...ARTIFACT, expired: true }] }, 'champion').state).toBe('expired')
  expect(newestArtifact({ artifacts }, 'other').state).toBe('absent')
  expect(newestArtifact({}, 'champion').state).toBe('absent')
})

describe('an artifact', () => {
  const content = Buffer.from('id,score\n1,0.5\n')

  test('gives a file of its archive, or is the file', () => {
    const zip = zipOf('out/x.csv', content)
    expect(artifactFile(zip, 'champion', 'out/x.csv')).toMatchObject({ state: 'found' })
    expect(artifactFile(zip, 'champion', 'x.csv')).toEqual({ state: 'absent' })
    expect(artifactFile(content, 'x.csv', undefined)).toEqual({ state: 'found', bytes: content })
    expect(artifactFile(zip, 'champion', undefined)).toMatchObject({ state: 'broken' })
    expect(artifactFile(zip, 'log.eval', undefined)).toMatchObject({ state: 'found' })
  })

  test('that is cut, is no archive, or holds another content than its checksum says is broken', () => {
    const zip = zipOf('x.csv', content)
    expect(artifactFile(zip.subarray(0, 40), 'c', 'x.csv')).toMatchObject({ state: 'broken' })
    expect(artifactFile(content, 'c', 'x.csv')).toMatchObject({ state: 'broken' })
    const changed = Buffer.from(zip)
    changed[30 + 'x.csv'.length + 6]! ^= 1
    expect(artifactFile(changed, 'c', 'x.csv').state).toBe('broken')
  })

  test('that would grow beyond all limits is given up', () => {
    const bomb = zipOf('x.csv', Buffer.alloc(8_000_000))
    expect(bomb.length).toBeLessThan(50_000)
    expect(artifactFile(bomb, 'c', 'x.csv', 1_000_000)).toEqual({
      state: 'broken',
      because: 'a member has more than 1000000 bytes',
    })
    expect(artifactFile(bomb, 'c', 'x.csv', 8_000_000)).toMatchObject({ state: 'found' })
  })
})

/** A zip of one deflated member. */
function zipOf(name: string, content: Uint8Array): Buffer {
  const data = deflateRawSync(content, { level: 1 })
  const named = Buffer.from(name)
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(8, 4)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(data.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(named.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, named, data])
  const entry = Buffer.alloc(46)
  entry.write('PK\x01\x02', 'latin1')
  entry.writeUInt16LE(20, 4)
  fields.copy(entry, 6)
  const directory = Buffer.concat([entry, named])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, directory, end])
}
