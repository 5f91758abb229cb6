import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')

/** Programs of others, by how the tests call them; installed by `scripts/peers/<name>.sh`. */
export const PROGRAMS = {
  cosign: join(peers, 'bin/cosign'),
  fulcio: join(peers, 'bin/fulcio'),
  gh: join(peers, 'bin/gh'),
  'model-signing': join(peers, 'model-signing-1.1.1/bin/model_signing'),
  'rekor-tiles': join(peers, 'bin/rekor-tiles'),
  'sigstore-python': join(peers, 'sigstore-python-4.5.1/bin/sigstore'),
  tesseract: join(peers, 'bin/tesseract'),
  'timestamp-server': join(peers, 'bin/timestamp-server'),
  openssl: 'openssl',
} as const

export type Program = keyof typeof PROGRAMS

/** What a private Sigstore is made of. */
export const SERVICES: readonly Program[] = [
  'fulcio',
  'rekor-tiles',
  'timestamp-server',
  'tesseract',
  'cosign',
  'openssl',
]

/** Those of the programs that this machine does not have. */
export function missing(programs: readonly Program[]): Program[] {
  return programs.filter((program) => !installed(program))
}

function installed(program: Program): boolean {
  if (program !== 'openssl') return existsSync(PROGRAMS[program])
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const execute = promisify(execFile)

/** Runs a program in a folder that is also its home, so that nothing of the user's is read. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { PATH = '' } = process.env
  // `gh` asks for a token where it reads a registry, and then sends it nowhere: nothing here is GitHub.
  const more = program === 'gh' ? { GH_TOKEN: 'none' } : {}
  return execute(PROGRAMS[program], [...args], {
    cwd: folder,
    env: { PATH, HOME: folder, LANG: 'C.UTF-8', COSIGN_PASSWORD: '', ...more, ...env },
  })
}
