import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnyAction, InputDeclarations } from '@sluice/toolkit'
import { kebab } from '@sluice/toolkit'
import { PROJECT } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ACTIONS } from '../../packages/cli/src/actions.js'
import { guideWorkflow, nameIn, stepsIn } from '../../packages/cli/src/generate/guide.js'
import { loadLanguage } from '../../packages/rehearsal/src/expression/language.js'
import { planWorkflow } from '../../packages/rehearsal/src/plan/plan.js'
import { root } from '../workspace/checkout.js'

const SHA = '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a'
const actions = new Map<string, AnyAction>()
for (const [name, load] of Object.entries(ACTIONS)) actions.set(name, (await load()).action)
const guides = [...actions.values()].flatMap((action) =>
  (action.guides ?? []).map((guide): [string, string, string] => [
    action.name,
    guide.title,
    guideWorkflow(guide, action),
  ]),
)

async function plan(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-guide-'))
  const workflow = '.github/workflows/guide.yml'
  await mkdir(join(folder, '.github/workflows'), { recursive: true })
  await writeFile(join(folder, workflow), text)
  const home = { folder, repository: 'acme/flight-delays', sha: SHA, ref: 'refs/heads/main', workflow }
  const ours = { ...home, folder: root, repository: PROJECT.repository, workflow: '' }
  try {
    return await planWorkflow({
      language: await loadLanguage(),
      home,
      repositories: new Map([[PROJECT.repository, ours]]),
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('sign and verify are guided through each way of signing', () => {
  for (const name of ['sign', 'verify']) {
    const titles = guides.filter(([action]) => action === name).map(([, title]) => title)
    for (const way of [/keyless/i, /key$/, /own PKI/, /air-gapped/i])
      expect(titles).toContainEqual(expect.stringMatching(way))
  }
})

describe.each(guides)('the guide of %s: %s', (_action, _title, text) => {
  test('is taken by GitHub’s parser', async () => {
    const { jobs } = await plan(text)
    expect(jobs.size).toBeGreaterThan(0)
  })

  test('gives every action of ours inputs that it has, and pins every other', async () => {
    const names = await readdir(join(root, 'actions'))
    for (const step of stepsIn(parse(text))) {
      if (step.uses !== undefined) expect(step.uses).toMatch(/@[0-9a-f]{40}$/)
      const name = nameIn(step)
      if (name === undefined) continue
      expect(names).toContain(name)
      const declared = Object.entries(actions.get(name)?.inputs as InputDeclarations)
      const known = declared.map(([key]) => kebab(key))
      for (const [input, value] of Object.entries(step.with ?? {})) {
        expect(known, input).toContain(input)
        if (String(value).includes('${{')) continue
        const [, declaration] = declared.find(([key]) => kebab(key) === input) ?? []
        expect(() => declaration?.parse(String(value), input)).not.toThrow()
      }
    }
  })

  test('grants only in jobs, each with a reason', () => {
    expect(parse(text).permissions).toEqual({})
    for (const line of text.split('\n'))
      if (/^ {6}[a-z-]+: (read|write)/.test(line)) expect(line).toMatch(/ # to \S+/)
  })
})

test('a guide that would not run is refused when the README is made', () => {
  const action = actions.get('verify') as AnyAction
  const guide = {
    title: 'x',
    text: 'x',
    workflow: 'jobs:\n  a:\n    steps:\n      - uses: $/actions/verify\n        with: { nonsense: 1 }\n',
  }
  expect(() => guideWorkflow(guide, action)).toThrow(
    expect.objectContaining({ code: 'GENERATE_GUIDE', message: expect.stringContaining('nonsense') }),
  )
  expect(() => guideWorkflow({ ...guide, workflow: 'jobs: {}' }, action)).toThrow(
    expect.objectContaining({ code: 'GENERATE_GUIDE' }),
  )
})
