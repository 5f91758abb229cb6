import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { copyClosure, openRepository, type Repository } from '@sluice/oci'
import { PROJECT } from '@sluice/verdict'
import { buildImage } from '../../../examples/flight-delays/rehearsal/image.ts'
import type { StepRecord } from '../../../packages/rehearsal/src/contract.js'
import type { EarlierArtifact } from '../../../packages/rehearsal/src/github/workflow-runs.js'
import type { RunServices } from '../../../packages/rehearsal/src/graph/shared.js'
import { ACTOR_ID, OWNER_ID, REPOSITORY_ID } from '../../../packages/rehearsal/src/rehearse/event.js'
import type {
  RehearseOptions,
  RunOutcome,
  ServicesRequest,
  StartServices,
} from '../../../packages/rehearsal/src/rehearse/options.js'
import { rehearse } from '../../../packages/rehearsal/src/rehearse/rehearse.js'
import { type RunningServices, startServices } from '../../../packages/rehearsal/src/services.js'
import { startSurroundings } from '../../../packages/rehearsal/src/surroundings/surroundings.js'
import { root } from '../../workspace/checkout.js'

export const EXAMPLE = join(root, 'examples/flight-delays')
export const REPOSITORY = 'octo-org/flight-delays'
/** The commit by which the example calls our workflows; it stands in the certificates. */
export const CALLED_BY_COMMIT = '2b9a5f4dc702c6e6cbfc9a4bc4cb090f3702cd44'
/** The ref by which starter workflows do. */
export const CALLED_BY_VERSION = `refs/tags/v${PROJECT.version}`
export const PARTS = [
  '.github',
  'advisories',
  'broken',
  'data',
  'models',
  'train',
  'Dockerfile',
  'sluice.yaml',
]

/** A team's repository with its registry, GitHub and Sigstore, each a stand-in that lives as long as the world. */
export interface World extends AsyncDisposable {
  readonly folder: string
  readonly services: RunningServices
  rehearse(workflow: string, options?: Partial<RehearseOptions>): Promise<Rehearsed>
  /** Changes a file by replacing a text that must be there. */
  edit(file: string, from: string, to: string): Promise<void>
  /** Pushes an image of a model; its reference by digest. */
  push(model: string, env?: Record<string, string>, base?: 'base' | 'base-vulnerable'): Promise<string>
  /** Opens a repository of its registry, from outside of any run. @param name `ghcr.io/…` */
  open(name: string): Promise<Repository>
  /** Where the registry keeps bytes, as `<hex of the digest>`. */
  readonly blobs: string
  /** Lets a workflow that calls model-promote stand beside the example's own. @param from its path and ref, at ours */
  addPromote(from: string): Promise<void>
  /** Where an environment keeps what it serves. */
  target(environment: string): string
  /** The world's stand-ins, in which nobody approves this environment. */
  rejecting(environment: string): StartServices
  /** What the tag of an environment names. */
  tagged(environment: string): Promise<string | undefined>
}

/** An outcome, and what its reader looks for. */
export interface Rehearsed extends RunOutcome {
  readonly log: string
  /** Conclusion by job key. */
  readonly conclusions: Readonly<Record<string, string>>
  step(job: string, id: string): StepRecord
}

/** @param calledBy ref by which the workflows are called that may sign */
export async function startWorld({
  calledBy = CALLED_BY_COMMIT,
  earlier = [],
}: {
  readonly calledBy?: string
  /** What earlier runs of the default branch left. */
  readonly earlier?: readonly EarlierArtifact[]
} = {}): Promise<World> {
  const stack = new AsyncDisposableStack()
  const home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-rehearsed-')))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const folder = join(home, 'flight-delays')
  await mkdir(folder)
  for (const part of PARTS) await cp(join(EXAMPLE, part), join(folder, part), { recursive: true })
  const services = stack.use(await startStandIns(folder, join(home, 'services'), earlier))
  const surroundings = stack.use(
    await startSurroundings({
      state: join(home, 'state'),
      temporary: join(home, 'surroundings'),
      registries: [],
      issuer: services.issuer,
      holders: services.registryHolders,
    }),
  )

  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(folder, file), 'utf8')
    const changed = text.replaceAll(from, to)
    if (changed === text) throw new Error(`${file} has no ${from} to replace`)
    await writeFile(join(folder, file), changed)
  }
  const target = (environment: string) => `ghcr.io/${REPOSITORY}/${environment}`
  const open = (name: string) =>
    openRepository(
      name.replace('ghcr.io', () => surroundings.registries.get('ghcr.io') ?? ''),
      surroundings.access,
    )
  if (calledBy !== CALLED_BY_COMMIT) await edit('sluice.yaml', `.yml@${CALLED_BY_COMMIT}`, `.yml@${calledBy}`)

  /** The world's stand-ins for one run, which must not stop them: signatures are verified in later runs. */
  const forRun = (request: ServicesRequest): RunServices => ({
    forJob: async (job, run) => ({
      ...(await services.forJob(job, run)),
      ...surroundings.variables,
      REHEARSAL_ARTIFACTS: join(request.folder, 'artifacts'),
    }),
    approval: (environment) => services.approval(environment),
    jobEnded: (key, conclusion) => services.jobEnded(key, conclusion),
    [Symbol.asyncDispose]: async () => {},
  })

  return {
    folder,
    services,
    edit,
    open,
    blobs: join(home, 'state/registries/ghcr.io/blobs/sha256'),
    addPromote: (from) => writeFile(join(folder, '.github/workflows/promote.yml'), promoteCaller(from)),
    target,
    push: async (model, env = {}, base = 'base') => {
      const layout = join(home, 'images')
      const image = await buildImage({ example: EXAMPLE, layout, tag: basename(model), model, base, env })
      const source = await openRepository(image.reference, { fetch })
      const name = `ghcr.io/${REPOSITORY}`
      await copyClosure(source, image.digest, await open(name))
      return `${name}@${image.digest}`
    },
    rejecting: (environment) => async (request) => ({
      ...forRun(request),
      approval: async (name) => (name === environment ? 'rejected' : await services.approval(name)),
    }),
    tagged: async (environment) => (await (await open(target(environment))).resolve('live'))?.digest,
    rehearse: async (workflow, options = {}) => {
      const log: string[] = []
      const outcome = await rehearse({
        repo: folder,
        repository: REPOSITORY,
        workflow,
        stateFolder: join(home, 'state'),
        approve: ['dev', 'staging', 'prod'],
        events: (event) => {
          if (event.kind === 'log') log.push(`${event.job}: ${event.line}`)
        },
        startServices: async (request) => forRun(request),
        ...options,
      })
      return rehearsed(outcome, log)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function startStandIns(
  checkout: string,
  folder: string,
  earlier: readonly EarlierArtifact[],
): Promise<RunningServices> {
  return startServices({
    approve: ['dev', 'staging', 'prod'],
    run: {
      repository: REPOSITORY,
      runId: '4242',
      runAttempt: '1',
      sha: '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a',
      ref: 'refs/heads/main',
      event: 'push',
      actor: 'octocat',
      workflow: '.github/workflows/release.yml',
    },
    repository: {
      id: String(REPOSITORY_ID),
      ownerId: String(OWNER_ID),
      actorId: String(ACTOR_ID),
      visibility: 'public',
    },
    checkout,
    folder,
    earlier,
  })
}

function promoteCaller(from: string): string {
  return `on:
  workflow_dispatch:
    inputs:
      subject: { type: string, required: true }
      environment: { type: string, required: true }
permissions: {}
jobs:
  stage:
    uses: ${PROJECT.repository}/${from}
    permissions:
      contents: read
      id-token: write
      packages: write
    with:
      subject: \${{ inputs.subject }}
      environment: \${{ inputs.environment }}
`
}

function rehearsed(outcome: RunOutcome, log: readonly string[]): Rehearsed {
  return {
    ...outcome,
    log: log.join('\n'),
    conclusions: Object.fromEntries(outcome.jobs.map(({ key, result }) => [key, result.conclusion])),
    step: (job, id) => {
      const steps = outcome.jobs.find(({ key }) => key === job)?.result.steps
      const found = steps?.find((step) => step.id === id)
      if (found === undefined)
        throw new Error(`no step ${id} in ${job} of ${outcome.jobs.map(({ key }) => key)}`)
      return found
    },
  }
}
