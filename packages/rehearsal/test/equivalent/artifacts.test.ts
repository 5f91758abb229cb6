import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startArtifactService } from '../../src/artifact/artifact-service.js'
import { createIssuer } from '../../src/oidc/issuer.js'
import { type JobRig, jobRig, sh, uses } from '../job/rig.js'

const UPLOAD = 'actions/upload-artifact@v6'
const DOWNLOAD = 'actions/download-artifact@ed8e0b9a3c5fbd2f6c1f7a1c8b2a6f7d3b2c1a00'

/** A run with an artifact service: what each job is given. */
async function run(rig: JobRig) {
  const service = await startArtifactService(join(rig.folder, 'artifacts'), await createIssuer('test'))
  return Object.assign(service, { job: (name: string) => service.admit('7', name) })
}

test('what one job uploads another one downloads, byte for byte', async () => {
  await using rig = await jobRig()
  await using service = await run(rig)
  const first = await rig.run(
    [
      sh(
        'mkdir -p out/deep out/.hidden; printf "a\\0b" > out/a.bin; echo x > out/deep/b.txt; echo s > out/.hidden/c; echo l > out/log.tmp',
      ),
      uses(UPLOAD, { name: 'model', path: 'out\n!out/*.tmp' }, { id: 'up' }),
    ],
    {
      services: await service.job('build'),
      job: {
        outputs: {
          id: '${{ steps.up.outputs.artifact-id }}',
          digest: '${{ steps.up.outputs.artifact-digest }}',
        },
      },
    },
  )
  expect(first.result).toMatchObject({ conclusion: 'success', outputs: { id: '1' } })
  expect(service.list()).toMatchObject([
    { name: 'model', digest: `sha256:${first.result.outputs['digest']}` },
  ])
  const second = await rig.run(
    [uses(DOWNLOAD, { name: 'model', path: 'in' }), sh('find in -type f | sort')],
    { services: await service.job('sign') },
  )
  expect(second.log.filter((line) => line.startsWith('in/'))).toEqual(['in/a.bin', 'in/deep/b.txt'])
  expect(await readFile(join(second.workspace, 'in/a.bin'))).toEqual(Buffer.from('a\0b'))
})

test('a single file stands at the top, several paths from the folder they share', async () => {
  await using rig = await jobRig()
  await using service = await run(rig)
  const files = { 'a/b/one.txt': '1', 'a/c/two.txt': '2', 'a/c/three.md': '3' }
  const up = (name: string, path: string, inputs = {}) => uses(UPLOAD, { name, path, ...inputs })
  await rig.run([up('single', 'a/b/one.txt'), up('many', 'a/b\na/c/*.txt'), up('glob', 'a/**/*.md')], {
    workspaceFiles: files,
    services: await service.job('build'),
  })
  const { log } = await rig.run([uses(DOWNLOAD, {}), sh('find . -type f | sort')], {
    services: await service.job('next'),
  })
  expect(log.filter((line) => line.startsWith('./'))).toEqual([
    './glob/c/three.md',
    './many/b/one.txt',
    './many/c/two.txt',
    './single/one.txt',
  ])
})

test('artifacts chosen by pattern can be merged into one folder', async () => {
  await using rig = await jobRig()
  await using service = await run(rig)
  await rig.run(
    [
      uses(UPLOAD, { name: 'part-1', path: 'x.txt' }),
      uses(UPLOAD, { name: 'part-2', path: 'y.txt' }),
      uses(UPLOAD, { name: 'other', path: 'x.txt' }),
    ],
    { workspaceFiles: { 'x.txt': '', 'y.txt': '' }, services: await service.job('build') },
  )
  const { log } = await rig.run(
    [uses(DOWNLOAD, { pattern: 'part-*', 'merge-multiple': 'true' }), sh('find . -type f | sort')],
    { services: await service.job('next') },
  )
  expect(log.filter((line) => line.startsWith('./'))).toEqual(['./x.txt', './y.txt'])
})

test('an artifact does not change, unless it is overwritten on purpose', async () => {
  await using rig = await jobRig()
  await using service = await run(rig)
  const { result } = await rig.run(
    [
      uses(UPLOAD, { name: 'a', path: 'x' }),
      uses(UPLOAD, { name: 'a', path: 'x' }, { continueOnError: 'true' }),
      uses(UPLOAD, { name: 'a', path: 'x', overwrite: 'true' }, { id: 'up' }),
    ],
    {
      workspaceFiles: { x: '' },
      services: await service.job('build'),
      job: { outputs: { id: '${{ steps.up.outputs.artifact-id }}' } },
    },
  )
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['success', 'failure', 'success'])
  expect(result.steps[1]?.annotations[0]?.message).toMatch('ARTIFACT_EXISTS')
  expect(result.outputs).toEqual({ id: '2' })
})

test.each([
  [
    'nothing to upload, on error',
    uses(UPLOAD, { path: 'no', 'if-no-files-found': 'error' }),
    'ARTIFACT_EMPTY',
  ],
  ['a name that is a path', uses(UPLOAD, { name: '../up', path: 'x' }), 'ARTIFACT_NAME_INVALID'],
  [
    'a name that nobody uploaded',
    uses(DOWNLOAD, { name: 'none' }),
    "ARTIFACT_MISSING: The run has no artifact 'none'; it has none",
  ],
  ['the artifacts of another run', uses(DOWNLOAD, { 'run-id': '6' }), 'REHEARSAL_UNSUPPORTED'],
])('%s fails the step with its code', async (_, step, message) => {
  await using rig = await jobRig()
  await using service = await run(rig)
  const { result } = await rig.run([step], {
    workspaceFiles: { x: '' },
    services: await service.job('build'),
  })
  expect(result.conclusion).toBe('failure')
  expect(result.steps[0]?.annotations[0]?.message).toContain(message)
})

test('nothing to upload warns by default', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([uses(UPLOAD, { path: 'no' })])
  expect(result).toMatchObject({ conclusion: 'success', steps: [{ annotations: [{ level: 'warning' }] }] })
})

test('without the service, an upload says what is missing', async () => {
  await using rig = await jobRig()
  const { result } = await rig.run([uses(UPLOAD, { path: 'x' })], { workspaceFiles: { x: '' } })
  expect(result.steps[0]?.annotations[0]?.message).toMatch('ARTIFACT_SERVICE_FAILED')
})

test('GitHub’s own client and the equivalents see the same artifacts', async () => {
  const client = JSON.stringify(import.meta.resolve('@actions/artifact'))
  await using rig = await jobRig({
    'actions/real/action.yml': 'runs: { using: node24, main: main.mjs }',
    'actions/real/main.mjs': `
      import { writeFileSync } from 'node:fs'
      import { DefaultArtifactClient } from ${client}
      const artifacts = new DefaultArtifactClient()
      const { artifact } = await artifacts.getArtifact('ours')
      await artifacts.downloadArtifact(artifact.id, { path: 'from-ours', expectedHash: artifact.digest })
      writeFileSync('theirs.txt', 'written by the client')
      await artifacts.uploadArtifact('theirs', ['theirs.txt'], '.')`,
  })
  await using service = await run(rig)
  const services = { ...(await service.job('build')), GITHUB_SERVER_URL: 'https://github.com' }
  const { result, log } = await rig.run(
    [
      uses(UPLOAD, { name: 'ours', path: 'ours.txt' }),
      uses('$/actions/real'),
      uses(DOWNLOAD, { name: 'theirs', path: 'from-theirs' }),
      sh('cat from-ours/ours.txt; echo; cat from-theirs/theirs.txt'),
    ],
    { workspaceFiles: { 'ours.txt': 'written by the equivalent' }, services },
  )
  expect(result.conclusion).toBe('success')
  expect(log).toEqual(expect.arrayContaining(['written by the equivalent', 'written by the client']))
})
