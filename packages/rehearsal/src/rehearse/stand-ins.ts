import { join } from 'node:path'
import { startServices } from '../services.js'
import { ACTOR_ID, OWNER_ID, REPOSITORY_ID } from './event.js'
import type { StartServices } from './options.js'

/** The ids that payloads and tokens give to the rehearsed repository, its owner and who acts. */
export const REHEARSED_REPOSITORY = {
  id: String(REPOSITORY_ID),
  ownerId: String(OWNER_ID),
  actorId: String(ACTOR_ID),
  visibility: 'public',
} as const

/** The stand-ins of a usual rehearsal: GitHub's API, artifacts and OIDC. @param variables for every job, besides theirs */
export function standIns(variables: Readonly<Record<string, string>>): StartServices {
  return async ({ approve, ask, checkout, facts, folder }) => {
    const services = await startServices({
      approve,
      ...(ask ? { ask } : {}),
      run: facts,
      repository: { ...REHEARSED_REPOSITORY, defaultBranch: checkout.defaultBranch },
      checkout: checkout.folder,
      folder: join(folder, 'services'),
    })
    return {
      ...services,
      forJob: async (job, run) => ({
        ...(await services.forJob(job, run)),
        ...variables,
      }),
      [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
    }
  }
}
