import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonSchema } from '@sluice/config'
import type { AnyAction } from '@sluice/toolkit'
import { PROJECT } from '@sluice/verdict'
import { actionYml } from './action-yml.js'
import { configurationPage } from './configuration.js'
import { ghesName, ghesWorkflow } from './ghes-workflow.js'
import { actionReadme } from './readme.js'
import { sectionsAmong, sectionsMissing } from './sections.js'
import { type Fragment, troubleshooting } from './troubleshooting.js'

/** What generating came to: the files' texts by path in the checkout, and what could not be generated. */
export interface Generated {
  readonly files: ReadonlyMap<string, string>
  readonly missing: readonly string[]
}

const SCHEMA_ID = `https://raw.githubusercontent.com/${PROJECT.repository}/v${PROJECT.version}/docs/sluice.schema.json`

/** Generates every generated file of the checkout at `root` from its compiled packages and actions. */
export async function generate(root: string): Promise<Generated> {
  const files = new Map<string, string>()
  const missing: string[] = []
  for (const name of (await readdir(join(root, 'actions'))).sort()) {
    const { action } = await load<{ action?: AnyAction }>(join(root, 'actions', name, 'lib/action.js'))
    if (action === undefined) {
      missing.push(`actions/${name} exports no action`)
      continue
    }
    if (action.name !== name) missing.push(`actions/${name} is declared as \`${action.name}\``)
    files.set(`actions/${name}/action.yml`, actionYml(action))
    files.set(`actions/${name}/README.md`, actionReadme(action))
  }
  const packages = (await readdir(join(root, 'packages'))).sort()
  const libraries = packages.filter((name) => name !== 'cli')
  const sections = sectionsAmong(
    await Promise.all(libraries.map((name) => load(join(root, 'packages', name, 'lib/index.js')))),
  )
  missing.push(...sectionsMissing(sections).map((name) => `no package declares the section \`${name}\``))
  const schema = await jsonSchema(sections, SCHEMA_ID)
  files.set('docs/sluice.schema.json', `${JSON.stringify(schema, null, 2)}\n`)
  const example = await readFile(join(root, 'examples/flight-delays/sluice.yaml'), 'utf8')
  files.set('docs/configuration.md', configurationPage(schema, SCHEMA_ID, example))
  files.set('docs/troubleshooting.md', troubleshooting(await fragments(root, packages)))
  for (const [file, text] of await reusableWorkflows(root)) {
    files.set(`.github/workflows/${ghesName(file)}`, ghesWorkflow(file, text))
  }
  return { files, missing }
}

async function reusableWorkflows(root: string): Promise<[string, string][]> {
  const folder = join(root, '.github/workflows')
  const names = (await readdir(folder)).filter((name) => /^model-[\w-]+\.yml$/.test(name)).sort()
  return await Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(folder, name), 'utf8')]),
  )
}

async function load<M extends object = Readonly<Record<string, unknown>>>(file: string): Promise<M> {
  return (await import(file)) as M
}

async function fragments(root: string, packages: readonly string[]): Promise<Fragment[]> {
  const names = packages.map((name) => `packages/${name}/troubleshooting.md`)
  const existing = names.filter((file) => existsSync(join(root, file)))
  return await Promise.all(
    existing.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })),
  )
}
