import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Equivalent } from './equivalent.js'
import { satisfies } from './version.js'

/** Puts the Node that runs the rehearsal on PATH, and says so when the workflow asks for another. */
export const setupNode: Equivalent = {
  name: 'actions/setup-node',
  inputs: Object.fromEntries(
    [
      'node-version',
      'node-version-file',
      'architecture',
      'check-latest',
      'registry-url',
      'scope',
      'token',
      'cache',
      'package-manager-cache',
      'cache-dependency-path',
      'mirror',
      'mirror-token',
      'always-auth',
    ].map((name) => [name, {}]),
  ),
  run: async ({ inputs, workspace, warn, log, setOutput, addPath }) => {
    const file = inputs['node-version-file']
    const asked = inputs['node-version'] || (file ? await versionFile(join(workspace, file)) : '')
    const present = process.version.slice(1)
    if (asked !== '' && !satisfies(present, asked)) {
      warn(`The workflow asks for Node ${asked}; this machine has ${present}, with which it is rehearsed.`)
    }
    addPath(dirname(process.execPath))
    setOutput('node-version', process.version)
    setOutput('cache-hit', 'false')
    log(`Node ${present}`)
  },
}

async function versionFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (!path.endsWith('package.json')) return text.trim()
  try {
    const found = JSON.parse(text) as { volta?: { node?: unknown }; engines?: { node?: unknown } }
    return String(found.volta?.node ?? found.engines?.node ?? '')
  } catch {
    return ''
  }
}
