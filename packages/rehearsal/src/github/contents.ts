import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { HttpFault, json, type Reply } from '../server/loopback.js'
import type { Route } from './route.js'
import type { State } from './state.js'

/** Beyond this GitHub gives a file only raw, and beyond 100 MB not at all. */
const INLINE_LIMIT = 1024 * 1024
const RAW_LIMIT = 100 * 1024 * 1024

/** Files of the repository: of the run's own commit as the checkout has them, of others as git does. */
export function contentRoutes(state: State): Route[] {
  return [
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/contents/{path+}',
      needs: ['contents:read'],
      handle: async ({ call, at }) => {
        const ref = call.url.searchParams.get('ref')
        const { sha, ref: own } = state.run
        const path = at['path'] ?? ''
        const raw = (call.headers.accept ?? '').includes('raw')
        if (ref !== null && ![sha, own, own.replace(/^refs\/(heads|tags)\//, '')].includes(ref))
          return fileReply(path, await committed(state.folder, ref, path), raw)
        const root = await realpath(state.folder)
        return await content(root, await contained(root, path), raw)
      },
    },
  ]
}

/** @throws HttpFault 404 for what is not there, and for what lies outside, links followed: one may not tell them apart */
async function contained(root: string, path: string): Promise<string> {
  if (path.includes('\0')) throw new HttpFault(404, 'Not Found')
  const file = await realpath(resolve(root, path)).catch(() => undefined)
  const below = file === undefined ? '..' : relative(root, file)
  const segments = below.split(sep)
  if (file === undefined || resolve(root, below) !== file || segments[0] === '..' || segments[0] === '.git')
    throw new HttpFault(404, 'Not Found')
  return file
}

async function content(root: string, file: string, raw: boolean): Promise<Reply> {
  const found = await stat(file)
  const path = relative(root, file).split(sep).join('/')
  if (found.isDirectory()) {
    const entries = await readdir(file, { withFileTypes: true })
    const listed = entries
      .filter(({ name }) => path !== '' || name !== '.git')
      .map((entry) => ({
        type: entry.isDirectory() ? 'dir' : entry.isSymbolicLink() ? 'symlink' : 'file',
        name: entry.name,
        path: path === '' ? entry.name : `${path}/${entry.name}`,
      }))
    return json(200, listed)
  }
  if (!found.isFile()) throw new HttpFault(404, 'Not Found')
  if (found.size > RAW_LIMIT) throw new HttpFault(403, 'This file is larger than 100 MB')
  return fileReply(path, await readFile(file), raw)
}

/** A file as another commit has it; branches and tags other than the run's are not served. */
async function committed(folder: string, commit: string, path: string): Promise<Buffer> {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new HttpFault(501, 'Of other refs than that of the run the rehearsal serves commits alone')
  const options = { encoding: 'buffer', maxBuffer: RAW_LIMIT, timeout: 30_000 } as const
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'none',
  }
  const git = [`--git-dir=${resolve(folder, '.git')}`, '-c', 'core.hooksPath=/dev/null']
  const read = promisify(execFile)('git', [...git, 'cat-file', 'blob', `${commit}:${path}`], {
    ...options,
    env,
  })
  return await read.then(
    ({ stdout }) => stdout,
    () => {
      throw new HttpFault(404, 'Not Found')
    },
  )
}

function fileReply(path: string, data: Buffer, raw: boolean): Reply {
  if (raw) return { status: 200, headers: { 'content-type': 'application/vnd.github.raw' }, body: data }
  const inline = data.length <= INLINE_LIMIT
  return json(200, {
    type: 'file',
    name: path.split('/').at(-1),
    path,
    size: data.length,
    sha: createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex'),
    encoding: inline ? 'base64' : 'none',
    content: inline ? data.toString('base64') : '',
  })
}
