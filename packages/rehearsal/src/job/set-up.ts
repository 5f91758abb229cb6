import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobScope, PlannedJob, Value } from '../contract.js'
import type { Patience } from './child.js'
import { mapping } from './contexts.js'
import { Masks } from './masks.js'
import type { Folders, JobState } from './state.js'

/** Services' variables that are part of `github` too. */
const SERVICE_CONTEXT = {
  GITHUB_API_URL: 'api_url',
  GITHUB_GRAPHQL_URL: 'graphql_url',
  GITHUB_SERVER_URL: 'server_url',
  GITHUB_TOKEN: 'token',
} as const

/** Makes a job's folders and files, and what its steps will share. */
export async function openJob(job: PlannedJob, scope: JobScope, patience: Patience): Promise<JobState> {
  const folders: Folders = {
    temporary: join(scope.temporary, 'temp'),
    files: join(scope.temporary, 'runner-files'),
    home: join(scope.temporary, 'home'),
    tools: join(scope.temporary, 'tools'),
  }
  for (const folder of [scope.workspace, ...Object.values(folders)]) await mkdir(folder, { recursive: true })
  const given = mapping(scope.contexts['github'])
  const eventPath = join(folders.files, 'event.json')
  await writeFile(eventPath, JSON.stringify(given['event'] ?? {}))
  return {
    job,
    scope,
    folders,
    github: {
      ...given,
      ...fromServices(scope.services),
      job: job.id,
      workspace: scope.workspace,
      event_path: eventPath,
    },
    env: new Map(),
    path: [],
    masks: masksOf(scope),
    posts: [],
    subjects: [],
    uses: new Map(),
    groups: new Set(),
    patience,
    debug: ['secrets', 'vars'].some((name) => mapping(scope.contexts[name])['ACTIONS_STEP_DEBUG'] === 'true'),
  }
}

function fromServices(services: Readonly<Record<string, string>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(SERVICE_CONTEXT).flatMap(([variable, name]) => {
      const value = services[variable]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Every secret and every token of the services is masked before the first line is printed. */
function masksOf(scope: JobScope): Masks {
  const masks = new Masks()
  for (const secret of Object.values(mapping(scope.contexts['secrets']))) {
    if (typeof secret === 'string') masks.add(secret)
  }
  const token = mapping(scope.contexts['github'])['token']
  if (typeof token === 'string') masks.add(token)
  for (const [name, value] of Object.entries(scope.services)) {
    if (/TOKEN$/.test(name)) masks.add(value)
  }
  return masks
}
