import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMPOSITES, REUSABLE, TEMPLATES } from '../workflows/repository.js'
import { files, root } from '../workspace/checkout.js'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const zizmor = join(peers, 'zizmor-1.32.0/bin/zizmor')
const actionlint = join(peers, 'bin/actionlint')
const exec = promisify(execFile)

const WORKFLOWS = files('.github/workflows/*.yml', 'examples/*/.github/workflows/*.yml')
const ACTIONS = [...files('actions/*/action.yml'), ...COMPOSITES]

/** Runs a linter in the checkout; a linter that reports something ends with another code than 0. */
async function lint(program: string, args: readonly string[]): Promise<{ code: number; out: string }> {
  try {
    const { stdout, stderr } = await exec(program, args, { cwd: root, env: { PATH: process.env['PATH'] } })
    return { code: 0, out: stdout + stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code: number; stdout?: string; stderr?: string }
    return { code, out: stdout + stderr }
  }
}

/** Linters know a workflow by where it lies, so templates and broken copies are put into a repository's place. */
let repository: string
const place = async (name: string, text: string) => {
  const path = join(repository, '.github/workflows', name)
  await writeFile(path, text.replaceAll('$default-branch', 'main'))
  return path
}
const source = (file: string) => readFileSync(join(root, file), 'utf8')

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'sluice-linters-'))
  await mkdir(join(repository, '.github/workflows'), { recursive: true })
})
afterAll(() => rm(repository, { recursive: true, force: true }))

test('there is something to lint', () => {
  for (const list of [REUSABLE, TEMPLATES, WORKFLOWS, ACTIONS]) expect(list.length).toBeGreaterThan(1)
})

describe.skipIf(!existsSync(zizmor))('zizmor 1.32.0, pedantic (scripts/peers/zizmor.sh)', () => {
  const audit = (...paths: string[]) =>
    lint(zizmor, [
      '--offline',
      '--persona',
      'pedantic',
      '--no-progress',
      '--quiet',
      '--config',
      'zizmor.yml',
      ...paths,
    ])

  test('reports nothing of workflows, templates and actions that zizmor.yml does not explain', async () => {
    const templates = await Promise.all(TEMPLATES.map((file) => place(basename(file), source(file))))
    expect(await audit(...WORKFLOWS, ...ACTIONS, ...templates)).toMatchObject({ code: 0 })
  })

  test('sees untrusted text in a script, and a tag in place of a commit', async () => {
    const copy = source('.github/workflows/model-rescan.yml')
      .replace('"$URL"', '"${{ github.event.pull_request.title }}"')
      .replace(/actions\/checkout@\S+ # \S+/, 'actions/checkout@v5')
    const { code, out } = await audit(await place('broken.yml', copy))
    expect(code).not.toBe(0)
    expect(out).toContain('template-injection')
    expect(out).toContain('unpinned-uses')
  })
})

describe.skipIf(!existsSync(actionlint))('actionlint 1.7.12 (scripts/peers/actionlint.sh)', () => {
  const check = (...paths: string[]) =>
    lint(actionlint, ['-no-color', '-config-file', '.github/actionlint.yaml', ...paths])

  test('reports nothing of workflows and templates that .github/actionlint.yaml does not explain', async () => {
    const templates = await Promise.all(TEMPLATES.map((file) => place(basename(file), source(file))))
    expect(await check(...WORKFLOWS, ...templates)).toEqual({ code: 0, out: '' })
  })

  test('sees a need that is missing and an output that no step has', async () => {
    const copy = source('.github/workflows/model-release.yml')
      .replace('needs: sign\n', 'needs: sgin\n')
      .replace('toJSON(steps.sign.outputs)', 'toJSON(steps.sing.outputs)')
    const { code, out } = await check(await place('broken.yml', copy))
    expect(code).toBe(1)
    expect(out).toContain('"sgin"')
    expect(out).toContain('"sing"')
  })
})
