import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { runCommand } from './command.js'
import type { Equivalent } from './equivalent.js'
import { satisfies } from './version.js'

/**
 * Makes a virtual environment of this machine's Python and puts it on PATH, so that a `pip install` of the workflow
 * changes nothing outside the job. Says so when the workflow asks for another version.
 */
export const setupPython: Equivalent = {
  name: 'actions/setup-python',
  inputs: Object.fromEntries(
    [
      'python-version',
      'python-version-file',
      'cache',
      'cache-dependency-path',
      'architecture',
      'check-latest',
      'token',
      'update-environment',
      'allow-prereleases',
      'freethreaded',
      'pip-version',
      'pip-install',
    ].map((name) => [name, {}]),
  ),
  run: async ({ inputs, workspace, tools, searchPath, userHome, stop, warn, log, ...step }) => {
    const options = { cwd: workspace, env: { PATH: searchPath, HOME: userHome }, stop }
    const asking = await runCommand(
      'python3',
      ['-c', 'import platform; print(platform.python_version())'],
      options,
    )
    if (asking.fault !== undefined) {
      throw new SluiceError('PYTHON_MISSING', `This machine has no Python: ${asking.fault}.`, {
        remedy: 'Install python3, or rehearse without that job.',
        kind: 'surroundings',
      })
    }
    const present = asking.stdout.trim()
    const file = inputs['python-version-file']
    const asked =
      inputs['python-version'] ||
      (file ? (await readFile(join(workspace, file), 'utf8').catch(() => '')).trim() : '')
    // A multi-line list installs several; a rehearsal has the one.
    const wanted = asked
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    if (wanted.length > 0 && !wanted.some((version) => satisfies(present, version))) {
      warn(
        `The workflow asks for Python ${wanted.join(', ')}; this machine has ${present}, with which it is rehearsed.`,
      )
    }
    const location = join(tools, `python-${present}`)
    const made = await runCommand('python3', ['-m', 'venv', location], options)
    if (made.fault !== undefined) {
      throw new SluiceError(
        'PYTHON_MISSING',
        `This machine's Python cannot make a virtual environment: ${made.fault}.`,
        {
          remedy: 'Install the venv module (Debian: python3-venv).',
          kind: 'surroundings',
        },
      )
    }
    step.addPath(join(location, 'bin'))
    for (const name of ['pythonLocation', 'Python_ROOT_DIR', 'Python3_ROOT_DIR'])
      step.setVariable(name, location)
    step.setOutput('python-version', present)
    step.setOutput('python-path', join(location, 'bin', 'python'))
    step.setOutput('cache-hit', 'false')
    log(`Python ${present}`)
  },
}
