import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { SluiceError } from '@sluice/errors'

/** How a script is started: `{0}` stands for its file. */
export interface Shell {
  readonly command: string
  readonly args: readonly string[]
  /** What the script's file is called at its end. */
  readonly extension: string
  /** What GitHub puts around the script. */
  readonly around?: readonly [before: string, after: string]
}

/** GitHub's own shells (docs, workflow syntax, `jobs.<id>.steps[*].shell`); without one given it is `bash -e`. */
const SHELLS: Readonly<Record<string, Shell>> = {
  bash: { command: 'bash', args: ['--noprofile', '--norc', '-eo', 'pipefail', '{0}'], extension: '.sh' },
  sh: { command: 'sh', args: ['-e', '{0}'], extension: '.sh' },
  python: { command: 'python', args: ['{0}'], extension: '.py' },
  pwsh: {
    command: 'pwsh',
    args: ['-command', ". '{0}'"],
    extension: '.ps1',
    around: [
      "$ErrorActionPreference = 'stop'\n",
      '\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }',
    ],
  },
}
const UNSPECIFIED: Shell = { command: 'bash', args: ['-e', '{0}'], extension: '.sh' }
const WINDOWS_ONLY = ['cmd', 'powershell']

/**
 * What to run for a step's `shell:`: a name that GitHub knows, or a template such as `perl {0}`.
 * @param path the step's PATH, in which the command must be
 * @returns the command as an absolute path
 * @throws SluiceError SHELL_INVALID for a template without `{0}`, SHELL_MISSING when the command is not there
 */
export async function findShell(name: string | undefined, path: string): Promise<Shell> {
  const shell = shellOf(name)
  const command = await which(shell.command, path)
  if (command) return { ...shell, command }
  if (name === undefined) {
    const sh = await which('sh', path)
    if (sh) return { command: sh, args: ['-e', '{0}'], extension: '.sh' }
  }
  const python = shell.command === 'python' ? await which('python3', path) : undefined
  if (python) return { ...shell, command: python }
  throw new SluiceError('SHELL_MISSING', `The shell '${shell.command}' is not on this machine's PATH.`, {
    remedy: `Install ${shell.command}, or give the step another \`shell:\`.`,
    kind: 'surroundings',
  })
}

/** The arguments with the script's file in them. */
export function shellArguments(shell: Shell, script: string): readonly string[] {
  return shell.args.map((argument) => argument.replaceAll('{0}', script))
}

function shellOf(name: string | undefined): Shell {
  if (name === undefined || name === '') return UNSPECIFIED
  const known = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined
  if (known) return known
  if (WINDOWS_ONLY.includes(name)) {
    throw new SluiceError('SHELL_MISSING', `The shell '${name}' exists on Windows only.`, {
      remedy: 'Use `shell: bash`, or rehearse without that job.',
      kind: 'surroundings',
    })
  }
  const [command, ...args] = name.split(' ').filter((word) => word !== '')
  if (command && args.some((argument) => argument.includes('{0}'))) return { command, args, extension: '' }
  throw new SluiceError(
    'SHELL_INVALID',
    `The shell '${name}' is neither known nor a command with {0} in it.`,
    {
      remedy: 'Use bash, sh, python or pwsh, or a command such as `perl {0}`.',
    },
  )
}

async function which(command: string, path: string): Promise<string | undefined> {
  const candidates = isAbsolute(command)
    ? [command]
    : path.split(delimiter).map((folder) => join(folder, command))
  for (const candidate of candidates) {
    if (!isAbsolute(candidate)) continue
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return candidate
  }
  return undefined
}
