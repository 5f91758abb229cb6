import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyClosure, openRepository, type RunningRegistry, startRegistry } from '@sluice/oci'
import {
  REHEARSED_REPOSITORY,
  type Runner,
  type RunningServices,
  type Sigstore,
  startRunner,
  startServices,
  startSigstore,
} from '@sluice/rehearsal'
import { buildImage } from './image.ts'

export const EXAMPLE = fileURLToPath(new URL('..', import.meta.url))
const ACTIONS = fileURLToPath(new URL('../../../actions', import.meta.url))
export const REPOSITORY = 'octo-org/flight-delays'
const STAGES = ['dev', 'staging', 'prod'] as const
export type Stage = (typeof STAGES)[number]
const PARTS = ['.github', 'advisories', 'broken', 'data', 'models', 'train', 'Dockerfile', 'sluice.yaml']

/** What is released: an image by digest, and the model in it. */
export interface Release {
  /** `host/repository@sha256:…` */
  readonly image: string
  readonly digest: string
  readonly tag: string
  readonly model: string
}

/** The team's repository, and everything around it, each a stand-in on this machine. */
export interface World extends AsyncDisposable {
  readonly repository: string
  readonly home: string
  readonly registries: Readonly<Record<Stage, RunningRegistry & { readonly folder: string }>>
  readonly services: RunningServices
  readonly sigstore: Sigstore
  /** Runs single bundles, for what no workflow of the repository does. */
  readonly runner: Runner
  /** `127.0.0.1:<port>/octo-org/flight-delays/<stage>` */
  target(stage: Stage): string
  /** Makes an image and pushes it where the team's build would have. */
  build(options: {
    readonly tag: string
    readonly model: string
    readonly base?: 'base' | 'base-vulnerable'
    readonly env?: Readonly<Record<string, string>>
  }): Promise<Release>
  /** Changes a file of the repository by replacing a text that must be there; gives what undoes it. */
  edit(file: string, from: string | RegExp, to: string): Promise<() => Promise<void>>
}

/** Sets up a world in a temporary folder. `await using` stops its servers and removes everything. */
export async function startWorld(): Promise<World> {
  await using starting = new AsyncDisposableStack()
  const home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-demo-')))
  starting.defer(() => rm(home, { recursive: true, force: true }))
  const repository = join(home, 'flight-delays')
  await mkdir(repository)
  for (const part of PARTS) await cp(join(EXAMPLE, part), join(repository, part), { recursive: true })

  const start = async (stage: Stage) => {
    const folder = join(home, 'registries', stage)
    await mkdir(folder, { recursive: true })
    return Object.assign(starting.use(await startRegistry({ host: '127.0.0.1', port: 0, folder })), {
      folder,
    })
  }
  const registries = { dev: await start('dev'), staging: await start('staging'), prod: await start('prod') }
  const services = starting.use(await startGitHub(repository, join(home, 'github')))
  const sigstore = starting.use(await startSigstore({ issuer: services.issuer }))
  const runner = starting.use(await startRunner({ actions: ACTIONS, workspace: repository }))

  const edit: World['edit'] = async (file, from, to) => {
    const path = join(repository, file)
    const text = await readFile(path, 'utf8')
    const changed = text.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'gm'), () => to)
    if (changed === text) throw new Error(`${file} has no ${from} to replace`)
    await writeFile(path, changed)
    return () => writeFile(path, text)
  }
  const target = (stage: Stage) => `${registries[stage].host}/${REPOSITORY}/${stage}`
  // Registries and Sigstore stand in for the public ones; who must sign stays as the file says.
  for (const stage of STAGES) await edit('sluice.yaml', `ghcr.io/${REPOSITORY}/${stage}`, target(stage))
  const { fulcioUrl, rekorUrl, tsaUrl } = sigstore
  const signing = Object.entries({ fulcioUrl, rekorUrl, tsaUrl, trustedRoot: 'trusted-root.json' })
  await writeFile(join(repository, 'trusted-root.json'), sigstore.trustedRoot)
  await edit(
    'sluice.yaml',
    '\nsigning:\n',
    `\nsigning:\n${signing.map(([key, value]) => `  ${key}: ${value}\n`).join('')}`,
  )

  const running = starting.move()
  return {
    repository,
    home,
    registries,
    services,
    sigstore,
    runner,
    target,
    edit,
    build: async (options) => {
      const image = await buildImage({ example: EXAMPLE, layout: join(home, 'images'), ...options })
      const built = `${registries.dev.host}/${REPOSITORY}/built`
      const layout = await openRepository(image.reference, { fetch })
      await copyClosure(layout, image.digest, await openRepository(built, { fetch }))
      return {
        image: `${built}@${image.digest}`,
        digest: image.digest,
        tag: options.tag,
        model: options.model,
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** GitHub's API, artifacts and OIDC, for all runs of the story: what one signs, a later one verifies. */
function startGitHub(checkout: string, folder: string): Promise<RunningServices> {
  return startServices({
    approve: [...STAGES],
    run: {
      repository: REPOSITORY,
      runId: '1',
      runAttempt: '1',
      sha: '0'.repeat(40),
      ref: 'refs/heads/main',
      event: 'workflow_dispatch',
      actor: 'octocat',
      workflow: '.github/workflows/release.yml',
    },
    repository: REHEARSED_REPOSITORY,
    checkout,
    folder,
  })
}
