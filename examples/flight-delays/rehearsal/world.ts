import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunningRegistry, startRegistry } from '@sluice/oci'
import { type Runner, startRunner } from '@sluice/rehearsal'

export const EXAMPLE = fileURLToPath(new URL('..', import.meta.url))
const ACTIONS = fileURLToPath(new URL('../../../actions', import.meta.url))
const STAGES = ['dev', 'staging', 'prod'] as const
export type Stage = (typeof STAGES)[number]

/** Where sluice.yaml keeps each stage; the rehearsal puts a registry on this machine in its place. */
const HOME = 'ghcr.io/octo-org/flight-delays'

/** The team's repository checked out on a runner, its registries and its release key. */
export interface World extends AsyncDisposable {
  readonly runner: Runner
  readonly workspace: string
  readonly registries: Readonly<Record<Stage, RunningRegistry & { readonly folder: string }>>
  /** PEM file of the release key, outside the workspace. */
  readonly key: string
  /** `127.0.0.1:<port>/flight-delays` */
  target(stage: Stage): string
  /** Changes a file of the workspace by replacing a text that must be there. */
  edit(file: string, from: string, to: string): Promise<void>
}

/** Sets up a world in a temporary folder. `await using` stops the registries and removes everything. */
export async function startWorld(): Promise<World> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-demo-')))
  const workspace = join(home, 'flight-delays')
  await mkdir(workspace)
  for (const part of [
    '.github',
    'advisories',
    'broken',
    'data',
    'image',
    'models',
    'train',
    'Dockerfile',
    'sluice.yaml',
  ]) {
    await cp(join(EXAMPLE, part), join(workspace, part), { recursive: true })
  }
  const key = join(home, 'release.key')
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(key, privateKey, { mode: 0o600 })
  await mkdir(join(workspace, 'keys'))
  await writeFile(join(workspace, 'keys/release.pub'), publicKey)

  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const start = async (stage: Stage) => {
    const folder = join(home, 'registries', stage)
    await mkdir(folder, { recursive: true })
    return Object.assign(stack.use(await startRegistry({ host: '127.0.0.1', port: 0, folder })), { folder })
  }
  const registries = { dev: await start('dev'), staging: await start('staging'), prod: await start('prod') }
  const runner = stack.use(await startRunner({ actions: ACTIONS, workspace }))

  const target = (stage: Stage) => `${registries[stage].host}/flight-delays`
  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(workspace, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)} to replace`)
    await writeFile(join(workspace, file), text.replaceAll(from, to))
  }
  for (const stage of STAGES) await edit('sluice.yaml', `${HOME}/${stage}`, target(stage))
  return {
    runner,
    workspace,
    registries,
    key,
    target,
    edit,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
