import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import picomatch from 'picomatch'
import { findArtifactFiles } from './artifact-files.js'
import { type ArtifactStore, artifactService, type StoredArtifact } from './artifact-store.js'
import type { Equivalent, EquivalentStep } from './equivalent.js'
import { readZip } from './zip.js'

const NO = { default: 'false' }

/** Artifact names as GitHub takes them. */
const NAME = /^(?!\.{1,2}$)[^"<>|*?:\r\n\\/\0]{1,256}$/

export const uploadArtifact: Equivalent = {
  name: 'actions/upload-artifact',
  inputs: {
    name: { default: 'artifact' },
    path: {},
    'if-no-files-found': { default: 'warn' },
    'retention-days': {},
    'compression-level': {},
    overwrite: NO,
    'include-hidden-files': NO,
    archive: { default: 'true' },
  },
  run: async (step) => {
    const { inputs, workspace, log, setOutput } = step
    const name = inputs['name'] ?? ''
    if (!NAME.test(name)) {
      throw new SluiceError('ARTIFACT_NAME_INVALID', `'${name}' cannot be the name of an artifact.`, {
        remedy: 'Leave out " : < > | * ? \\ / and line breaks.',
      })
    }
    const entries = await findArtifactFiles(
      inputs['path'] ?? '',
      workspace,
      inputs['include-hidden-files'] === 'true',
    )
    if (entries.length === 0) return nothingFound(step)
    const artifact = await storeOf(step).upload(name, entries, inputs['overwrite'] === 'true')
    log(`Artifact ${name}: ${entries.length} files`)
    setOutput('artifact-id', artifact.id)
    setOutput('artifact-digest', artifact.digest)
    setOutput('artifact-url', urlOf(step, artifact))
  },
}

export const downloadArtifact: Equivalent = {
  name: 'actions/download-artifact',
  inputs: {
    name: {},
    'artifact-ids': {},
    path: {},
    pattern: {},
    'merge-multiple': NO,
    'github-token': {},
    repository: {},
    'run-id': {},
    'digest-mismatch': {},
  },
  run: async (step) => {
    const { inputs, workspace, log, setOutput } = step
    refuseOtherRuns(step)
    const store = storeOf(step)
    const target = resolve(workspace, inputs['path'] || '.')
    const name = inputs['name']
    const all = await store.list()
    const chosen = choose(all, inputs)
    if (name && chosen.length === 0) {
      throw new SluiceError('ARTIFACT_MISSING', `The run has no artifact '${name}'; it has ${listed(all)}.`, {
        remedy: 'Let this job need the one that uploads it, and use the same name.',
      })
    }
    await mkdir(target, { recursive: true })
    for (const artifact of chosen) {
      const flat = Boolean(name) || inputs['merge-multiple'] === 'true'
      await place(store, artifact, flat ? target : join(target, artifact.name), step.temporary)
      log(`Artifact ${artifact.name}`)
    }
    setOutput('download-path', target)
  },
}

function choose(
  all: readonly StoredArtifact[],
  { name, pattern, 'artifact-ids': ids }: EquivalentStep['inputs'],
): readonly StoredArtifact[] {
  if (name) return all.filter((artifact) => artifact.name === name)
  if (ids) {
    const wanted = ids.split(',').map((id) => id.trim())
    return all.filter((artifact) => wanted.includes(artifact.id))
  }
  return pattern ? all.filter((artifact) => picomatch.isMatch(artifact.name, pattern)) : all
}

function nothingFound({ inputs, warn, log }: EquivalentStep): void {
  const message = `No files were found with the provided path: ${inputs['path']}. No artifacts will be uploaded.`
  if (inputs['if-no-files-found'] === 'error') {
    throw new SluiceError('ARTIFACT_EMPTY', message, {
      remedy: 'Check `path`, and that an earlier step wrote it.',
    })
  }
  if (inputs['if-no-files-found'] === 'ignore') log(message)
  else warn(message)
}

function refuseOtherRuns({ inputs, github }: EquivalentStep): void {
  const run = inputs['run-id']
  const repository = inputs['repository']
  const other =
    (run && run !== String(github['run_id'])) || (repository && repository !== String(github['repository']))
  if (!other) return
  throw new SluiceError('REHEARSAL_UNSUPPORTED', 'A rehearsal has the artifacts of its own run only.', {
    remedy: 'Leave `run-id` and `repository` out.',
  })
}

function storeOf({ services, temporary, stop }: EquivalentStep): ArtifactStore {
  const url = services['ACTIONS_RESULTS_URL']
  const token = services['ACTIONS_RUNTIME_TOKEN']
  if (url && token) return artifactService({ url, token, temporary, stop })
  throw new SluiceError('ARTIFACT_SERVICE_FAILED', 'This run has no artifact service.', {
    remedy: 'Run the job by `sluice rehearse`, which gives it one.',
    kind: 'surroundings',
  })
}

async function place(
  store: ArtifactStore,
  artifact: StoredArtifact,
  target: string,
  temporary: string,
): Promise<void> {
  const fetched = join(temporary, `artifact-${crypto.randomUUID()}`)
  try {
    const { zip } = await store.fetch(artifact, fetched)
    await mkdir(target, { recursive: true })
    if (zip) await readZip(fetched, target)
    else await copyFile(fetched, join(target, artifact.name))
  } finally {
    await rm(fetched, { force: true })
  }
}

function urlOf({ github }: EquivalentStep, { id }: StoredArtifact): string {
  return `${github['server_url'] ?? 'https://github.com'}/${github['repository']}/actions/runs/${github['run_id']}/artifacts/${id}`
}

function listed(all: readonly StoredArtifact[]): string {
  return all.length === 0 ? 'none' : all.map(({ name }) => `'${name}'`).join(', ')
}
