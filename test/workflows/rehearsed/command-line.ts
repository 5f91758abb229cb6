import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from '../../../examples/flight-delays/rehearsal/image.ts'
import { root } from '../../workspace/checkout.js'
import { EXAMPLE, PARTS, REPOSITORY } from './world.js'

export interface Rehearsal {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

/** The command line as a person runs it in a repository of theirs, with state and temporary folders of its own. */
export interface CommandLine extends AsyncDisposable {
  readonly repository: string
  readonly temporary: string
  /** Where the rehearsals' registry keeps what it holds. */
  readonly registry: string
  /** Rehearses a workflow that is dispatched. @param inputs `name=value` */
  start(workflow: string, inputs: readonly string[], ...more: readonly string[]): Rehearsal
  /** Rehearses the release of an image that is made for it. */
  release(
    image: { readonly tag: string; readonly model: string },
    inputs: readonly string[],
    ...more: readonly string[]
  ): Promise<Rehearsal>
  /** What the registry wrote down of each repository, as `<name>.json`. */
  states(): Promise<Readonly<Record<string, string>>>
}

export async function openCommandLine(): Promise<CommandLine> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-command-line-')))
  const repository = join(home, 'repo')
  const temporary = join(home, 'temporary')
  const registry = join(
    home,
    'state/sluice/repositories',
    encodeURIComponent(REPOSITORY),
    'registries/ghcr.io',
  )
  for (const part of PARTS) await cp(join(EXAMPLE, part), join(repository, part), { recursive: true })
  await mkdir(temporary)

  const start: CommandLine['start'] = (workflow, inputs, ...more) => {
    const args = [
      ...['rehearse', workflow, '--repository', REPOSITORY, '--event', 'workflow_dispatch', ...more],
      ...['--approve', 'dev,staging,prod', ...inputs.flatMap((input) => ['--input', input])],
    ]
    const env = { ...process.env, XDG_STATE_HOME: join(home, 'state'), TMPDIR: temporary }
    const command = [join(root, 'packages/cli/lib/main.js'), ...args]
    const child = spawn(process.execPath, command, { cwd: repository, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, output }))) }
  }

  return {
    repository,
    temporary,
    registry,
    start,
    release: async ({ tag, model }, inputs, ...more) => {
      const layout = join(home, 'images')
      await buildImage({ example: EXAMPLE, layout, tag, model, env: { BUILD: tag } })
      const name = `ghcr.io/${REPOSITORY}`
      const image = ['--image', `${name}=${layout}:${tag}`]
      return start('release.yml', [`image=${name}`, `model=${model}`, ...inputs], ...image, ...more)
    },
    states: async () => {
      const folder = join(registry, 'repositories')
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
      const read = async (name: string) => [
        decodeURIComponent(name),
        await readFile(join(folder, name), 'utf8'),
      ]
      return Object.fromEntries(await Promise.all(names.map(read)))
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  }
}
