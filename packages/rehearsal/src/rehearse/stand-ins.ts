import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type RunningServices, startServices } from '../services.js'
import { readOutside, registryOf } from '../surroundings/configuration.js'
import { registriesIn } from '../surroundings/mentioned.js'
import { startSurroundings } from '../surroundings/surroundings.js'
import { ACTOR_ID, OWNER_ID, REPOSITORY_ID } from './event.js'
import { type GivenArtifact, packArtifacts } from './given-artifact.js'
import type { RehearseOptions, ServicesRequest, StartServices } from './options.js'

/** The ids that payloads and tokens give to the rehearsed repository, its owner and who acts. */
export const REHEARSED_REPOSITORY = {
  id: String(REPOSITORY_ID),
  ownerId: String(OWNER_ID),
  actorId: String(ACTOR_ID),
  visibility: 'public',
} as const

/** The stand-ins of a usual rehearsal: GitHub's API, artifacts and OIDC, a Sigstore, and registries. */
export function standIns(
  options: Pick<RehearseOptions, 'variables' | 'artifacts' | 'images' | 'real' | 'secrets' | 'set'> & {
    readonly services?: RunningServices
  },
): StartServices {
  return async (request) => {
    await using stack = new AsyncDisposableStack()
    const services = options.services ?? stack.use(await startOwn(request, options.artifacts ?? []))
    // One after another: a registry's folder is one process's.
    stack.use(await request.enter(`surroundings of ${request.state}`))
    const outside = await readOutside(request.checkout.folder)
    const mentioned = registriesIn(request.values)
    refuseUntold(mentioned.untold, options)
    const named = (options.set ?? []).flatMap(({ value }) =>
      typeof value === 'string' ? registryOf(value.replace(/^oci:\/\//, '')) : [],
    )
    const surroundings = stack.use(
      await startSurroundings({
        state: request.state,
        temporary: join(request.folder, 'surroundings'),
        registries: [...outside.registries, ...mentioned.hosts, ...named],
        images: options.images ?? [],
        real: options.real ?? [],
        set: options.set ?? [],
        issuer: services.issuer,
        holders: services.registryHolders,
        say: request.say,
      }),
    )
    const set = (options.set ?? []).map(({ path }) => path.join('.'))
    const rollout = outside.rollout.filter(
      (line) => !set.some((key) => line.startsWith(`${key}.`) || line.startsWith(`${key}:`)),
    )
    if (rollout.length > 0 && request.uses.some((uses) => /\/canary(@|$)/.test(uses))) {
      request.say(
        'Not stood in for: what a canary moves and measures. Have it here and name it by --set, or rehearse with `canary: false`:',
      )
      for (const line of rollout) request.say(`  ${line}`)
    }
    const running = stack.move()
    return {
      forJob: async (job, run) => ({
        ...(await services.forJob(job, run)),
        ...surroundings.variables,
        ...options.variables,
      }),
      approval: (environment) => services.approval(environment),
      jobEnded: (key, conclusion) => services.jobEnded(key, conclusion),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    }
  }
}

async function startOwn(
  { approve, ask, checkout, facts, folder }: ServicesRequest,
  artifacts: readonly GivenArtifact[],
): Promise<RunningServices> {
  return await startServices({
    earlier: await packArtifacts(artifacts, join(folder, 'earlier')),
    approve,
    ...(ask ? { ask } : {}),
    run: facts,
    repository: { ...REHEARSED_REPOSITORY, defaultBranch: checkout.defaultBranch },
    checkout: checkout.folder,
    folder: join(folder, 'services'),
  })
}

/** A password must not leave for a registry that nobody stands in for because its name was not known in time. */
function refuseUntold(
  untold: readonly string[],
  { real, secrets }: Pick<RehearseOptions, 'real' | 'secrets'>,
) {
  if (untold.length === 0 || real?.includes('registry') || Object.keys(secrets ?? {}).length === 0) return
  throw new SluiceError(
    'REHEARSAL_UNSUPPORTED',
    `A password goes to the registry \`${untold[0]}\`, whose name only the run itself makes, so nothing can stand in for it.`,
    {
      remedy:
        'Name the registry by a text, an input, a variable or `env`; or rehearse without `--secret`, or with `--real registry`.',
    },
  )
}
