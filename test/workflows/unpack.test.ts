import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPT = resolve('.github/actions/unpack/unpack.sh')

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-unpack-'))
  await Promise.all(['model', 'artifact', 'elsewhere'].map((name) => mkdir(join(root, name))))
})
afterEach(() => rm(root, { recursive: true }))

async function put(path: string) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), 'content')
}

/** @returns what the script said; the exit code is 0 where nothing is refused */
async function unpack(config = 'sluice.yaml'): Promise<{ code: number; said: string }> {
  const env = {
    PATH: process.env['PATH'],
    DIRECTORY: join(root, 'model'),
    CONFIG: config,
    FROM: join(root, 'artifact'),
  }
  return await promisify(execFile)('bash', [SCRIPT], { env }).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, said: error.stdout }),
  )
}

test('adds files to the model’s folder, in folders of their own and in ones that exist', async () => {
  for (const path of ['artifact/new/a', 'artifact/old/b', 'artifact/.gitignore', 'model/old/c'])
    await put(path)
  expect(await unpack()).toMatchObject({ code: 0, said: 'Unpacked 3 files.\n' })
  expect((await readdir(join(root, 'model'), { recursive: true })).sort()).toEqual(
    ['.gitignore', 'new', 'new/a', 'old', 'old/b', 'old/c'].sort(),
  )
})

test.each([
  ['.git', 'holds .git;'],
  ['sub/.GIT', 'holds sub/.GIT;'],
  ['.git/config', 'holds .git/config;'],
  ['.GitHub/workflows/a.yml', 'holds .GitHub/workflows/a.yml;'],
  ['sluice.yaml', 'the configuration'],
  ['there', 'would replace 1 files of the commit, such as there'],
  ['dangling', 'would replace 1 files of the commit, such as dangling'],
  ['linked/a', 'outside of the model'],
  ['a\n::notice::b/.git', 'holds a%0A::notice::b/.git;'],
])('refuses %j, and adds nothing', async (file, says) => {
  await put('model/there')
  await symlink('nowhere', join(root, 'model/dangling'))
  await symlink('../elsewhere', join(root, 'model/linked'))
  await put(`artifact/${file}`)
  const { code, said } = await unpack()
  expect(said).toContain(`::error title=Unpack::`)
  expect(said).toContain(says)
  expect(said.trimEnd().split('\n')).toHaveLength(1)
  expect(code).toBe(1)
  expect((await readdir(join(root, 'model'))).sort()).toEqual(['dangling', 'linked', 'there'])
  expect(await readdir(join(root, 'elsewhere'))).toEqual([])
})

test('refuses a link, and the configuration by whatever path it is named', async () => {
  await symlink('/etc/passwd', join(root, 'artifact/link'))
  expect(await unpack()).toMatchObject({
    code: 1,
    said: expect.stringContaining('neither a file nor a folder'),
  })
  await rm(join(root, 'artifact/link'))
  await put('artifact/rules/own.yaml')
  expect(await unpack('./x/../rules/own.yaml')).toMatchObject({ code: 1 })
})
