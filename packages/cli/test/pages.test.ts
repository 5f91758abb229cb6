import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ConfigSection, parseSection, waiversSection } from '@sluice/config'
import { dataSection, evaluationSection } from '@sluice/evaluation'
import { expect, test } from 'vitest'
import { sluice } from '../src/index.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const pages = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith('.md'),
)

/** The command lines of a page's shell blocks, as words; quotes do not matter to which flags there are. */
function commands(page: string): string[][] {
  const text = readFileSync(root + page, 'utf8')
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) =>
    block!.replaceAll(/ \\\n\s*/g, ' '),
  )
  return blocks.flatMap((block) =>
    [...block.matchAll(/^(?:npm run -s sluice --|sluice) (.+)$/gm)].map(([, line]) => line!.split(' ')),
  )
}

const all = pages.flatMap((page) => commands(page).map((argv) => ({ page, line: argv.join(' '), argv })))

test('the pages show commands', () => expect(all.length).toBeGreaterThan(6))

test.each(all)('$page: `$line` has only flags that there are', async ({ argv }) => {
  const said: string[] = []
  const io = { env: {}, cwd: root, signal: new AbortController().signal }
  const print = (text: string) => said.push(text)
  // Flags before `--help` are read; nothing runs.
  const code = await sluice([...argv, '--help'], { ...io, stdout: print, stderr: print })
  expect([code, said.join('')]).toEqual([0, expect.stringContaining('Usage: sluice')])
})

const pieces = ['README.md', 'docs/gates.md', 'docs/evaluation-inputs.md'].flatMap((page) =>
  [...readFileSync(root + page, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)]
    // What begins with jobs or a step is of a workflow.
    .filter(([, yaml]) => !/^(jobs:|- (uses|run):)/.test(yaml!))
    .map(([, yaml]) => ({ page, yaml: yaml!, first: yaml!.split('\n', 1)[0]! })),
)

test('the pages show pieces of sluice.yaml', () => expect(pieces.length).toBeGreaterThan(6))

test.each(pieces)('$page: the piece `$first` is one that every section reads', ({ yaml }) => {
  for (const section of [evaluationSection, dataSection, waiversSection] as ConfigSection<unknown>[])
    expect(() => parseSection(yaml, 'sluice.yaml', section)).not.toThrow()
})
