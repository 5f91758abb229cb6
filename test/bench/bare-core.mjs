// The peer of every start: a bundle of the smallest action there is, on `@actions/core` alone.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Bundles an action that reads an input, sets an output and fails. @returns its entry, below `folder` */
export function bundleBareCore(folder) {
  // Where `@actions/core` is found.
  const peer = join(root, 'packages/toolkit/lib/bench')
  mkdirSync(peer, { recursive: true })
  writeFileSync(
    join(peer, 'index.js'),
    "import * as core from '@actions/core'\ncore.setOutput('verdict', core.getInput('fail-on'))\ncore.setFailed('bad input')\n",
  )
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js')
  spawnSync(
    process.execPath,
    [ncc, 'build', join(peer, 'index.js'), '-o', join(folder, 'core'), '-q', '-C'],
    {
      stdio: 'inherit',
    },
  )
  rmSync(peer, { recursive: true })
  return join(folder, 'core/index.js')
}
