import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testContext } from '../src/testing.js'

test('a glob finds regular files and follows no link; .git and node_modules are skipped', async () => {
  await using context = await testContext({
    files: { 'a/b.txt': '', 'a/.hidden.txt': '', 'node_modules/c.txt': '', '.git/d.txt': '' },
  })
  const { root } = context.workspace
  await symlink('/etc', join(root, 'a/out'))
  await symlink(join(root, 'a/b.txt'), join(root, 'a/link.txt'))
  expect(await context.workspace.glob(['**/*.txt', '**/passwd'])).toEqual(['a/.hidden.txt', 'a/b.txt'])
})

test.each(['../x', 'a/../../x', 'out/passwd', 'out', 'dangling/x'])(
  '%s leads out and is refused for reading and writing',
  async (path) => {
    await using context = await testContext({ files: { 'a/b': '' } })
    await symlink('/etc', join(context.workspace.root, 'out'))
    await symlink('/nowhere', join(context.workspace.root, 'dangling'))
    await expect(context.workspace.read(path)).rejects.toMatchObject({ code: 'PATH_OUTSIDE_WORKSPACE' })
    await expect(context.workspace.write(path, 'x')).rejects.toMatchObject({ code: 'PATH_OUTSIDE_WORKSPACE' })
  },
)

test('files that are absent, too large, or no text are named with their code', async () => {
  await using context = await testContext({
    files: { big: 'x'.repeat(100), binary: new Uint8Array([0xff, 0xfe]) },
  })
  const { workspace } = context
  await expect(workspace.read('none')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await mkdir(join(workspace.root, 'folder'))
  await expect(workspace.read('folder')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(workspace.read('big', 99)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  await expect(workspace.readText('binary')).rejects.toMatchObject({ code: 'FILE_NOT_TEXT' })
})

test('writing replaces a file whole, and a link by a file', async () => {
  await using context = await testContext({ files: { target: 'old' } })
  const { workspace } = context
  await writeFile(join(workspace.root, 'target'), 'old')
  await symlink('target', join(workspace.root, 'link'))
  await workspace.write('link', 'new')
  expect(await readFile(join(workspace.root, 'target'), 'utf8')).toBe('old')
  expect(await readFile(join(workspace.root, 'link'), 'utf8')).toBe('new')
})
