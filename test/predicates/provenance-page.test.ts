import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSection } from '@sluice/config'
import { signingSection } from '@sluice/evidence'
import { environmentsSection, evaluateCondition } from '@sluice/promotion'
import { expect, test } from 'vitest'
import { FOLDER, PREDICATES } from './schemas.js'

const ROOT = join(FOLDER, '../..')
const page = readFileSync(join(ROOT, 'docs/provenance.md'), 'utf8')
const examples = [...page.matchAll(/```yaml\n(signing:[\s\S]*?)```/g)].map(([, text]) => text ?? '')

test.each(examples)('what the page on provenance shows can be copied', (text) => {
  expect(() => parseSection(text, 'sluice.yaml', signingSection)).not.toThrow()
})

test('it shows a dependency of every role that it speaks of, and lineage', () => {
  const sections = examples.map((text) => parseSection(text, 'sluice.yaml', signingSection))
  const roles = sections.flatMap(({ dependencies }) => dependencies.map(({ role }) => role))
  expect(new Set(roles)).toEqual(new Set(['lockfile', 'evaluation-set', 'image', 'dataset', 'base-model']))
  expect(sections.some(({ lineage }) => lineage !== undefined)).toBe(true)
})

test('the condition that it shows holds for provenance with a signed base model, and for no other', () => {
  const [, text = ''] = /```yaml\n(environments:[\s\S]*?)```/.exec(page) ?? []
  const environments = parseSection(text, 'sluice.yaml', environmentsSection)
  const when = environments['prod']?.requires[0]?.when ?? ''
  const source = { uri: 'git+https://github.com/acme/x@refs/heads/main', digest: { gitCommit: 'a' } }
  const base = { annotations: { role: 'base-model', checked: 'hashed', signature: {} } }
  const of = (...resolvedDependencies: object[]) =>
    evaluateCondition(when, { buildDefinition: { resolvedDependencies } }, 'sha256:00').state
  expect(of(source, base)).toBe('true')
  expect(of(source)).toBe('false')
  expect(of(source, { annotations: { role: 'base-model', checked: 'hashed' } })).toBe('false')
  expect(of(source, base, { annotations: { role: 'dataset', checked: 'declared' } })).toBe('false')
})

/** Types of Sluice's own that are no predicates, and the page that says what they are. */
const OTHERS: Readonly<Record<string, string>> = { 'verify-policy': 'verification-summary' }

test('every type of Sluice’s own is documented', () => {
  const sources = ['packages', 'actions'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).flatMap((name) => typescriptBelow(join(ROOT, folder, name, 'src'))),
  )
  const used = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/predicateType\('([\w-]+)'\)/g)].map(([, name]) => name ?? ''),
  )
  expect(new Set(used).size).toBeGreaterThan(4)
  for (const name of new Set(used)) {
    const other = OTHERS[name]
    if (other === undefined) expect(PREDICATES).toContain(name)
    else expect(readFileSync(join(FOLDER, `${other}.md`), 'utf8')).toContain(`/predicates/${name}/v1`)
  }
})

function typescriptBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file))
}
