import { SluiceError } from '@sluice/errors'
import { loadLanguage } from '../../src/expression/language.js'
import { planWorkflow } from '../../src/plan/plan.js'
import type { Repositories } from '../../src/plan/references.js'
import type { Workflow } from '../../src/plan/workflow.js'
import { repositoryOf } from './repository.js'

export type Files = Readonly<Record<string, string>>

export async function plan(files: Files, others: Readonly<Record<string, Files>> = {}): Promise<Workflow> {
  await using stack = new AsyncDisposableStack()
  const repository = stack.use(await repositoryOf(files))
  const home = repository.home('top.yml')
  const homes = new Map([[home.repository, home]])
  for (const [slug, content] of Object.entries(others)) {
    homes.set(slug, stack.use(await repositoryOf(content, slug)).home(''))
  }
  return await planWorkflow({ language: await loadLanguage(), home, repositories: homes as Repositories })
}

export async function refusal(files: Files, others?: Readonly<Record<string, Files>>): Promise<SluiceError> {
  const error = await plan(files, others).catch((thrown: unknown) => thrown)
  if (!(error instanceof SluiceError)) throw new Error(`expected a refusal, found ${JSON.stringify(error)}`)
  return error
}

export const top = (jobs: string, head = 'on: push\npermissions: {}') => `${head}\njobs:\n${jobs}`
export const STEPS = '    runs-on: ubuntu-latest\n    steps: [{ run: "true" }]\n'
