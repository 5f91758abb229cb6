import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Home } from '../contract.js'
import { contains } from '../job/contains.js'
import { mapping } from '../job/contexts.js'
import { TRUSTED_ROOT } from '../surroundings/configuration-note.js'
import { overlayConfiguration } from './configuration-overlay.js'
import { copyFiles, listFiles } from './copy-files.js'
import type { Equivalent, EquivalentStep } from './equivalent.js'
import { openGit } from './git.js'

/** Inputs that change what is checked out, and what a rehearsal does not do. */
const UNSUPPORTED = ['ssh-key', 'sparse-checkout', 'filter', 'submodules', 'lfs']

/**
 * Puts a repository's files into the workspace: what its owner sees now (tracked, changed and new files, not the
 * ignored ones) when the run's own commit is asked for, the commit itself when another one is. Where the folder is
 * the top of a git repository, history comes along as deep as `fetch-depth` says.
 */
export const checkout: Equivalent = {
  name: 'actions/checkout',
  inputs: {
    repository: {},
    ref: {},
    token: {},
    path: {},
    'fetch-depth': { default: '1' },
    'persist-credentials': { default: 'true' },
    ...Object.fromEntries(
      [
        ...UNSUPPORTED,
        'ssh-known-hosts',
        'ssh-strict',
        'ssh-user',
        'clean',
        'sparse-checkout-cone-mode',
        'fetch-tags',
        'show-progress',
        'set-safe-directory',
        'github-server-url',
        'allow-unsafe-pr-checkout',
      ].map((name) => [name, {}]),
    ),
  },
  run: async (step) => {
    refuseUnsupported(step)
    const target = await emptyTarget(step)
    const own = String(step.github['repository'] ?? '')
    const repository = step.inputs['repository'] || own
    const ref = step.inputs['ref'] ?? ''
    const home = await homeOf(step, repository, ref)
    const current = ref === '' || isCurrent(step, home, ref)
    const git = await openGit(home.folder, step)
    const commit = git && (await fillFromGit(step, git, target, current ? undefined : ref, home))
    if (!git && !current) throw unknownRef(repository, ref)
    if (current) await copyFiles(home.folder, await listFiles(home.folder, step), target)
    step.setOutput('ref', ref || home.ref)
    step.setOutput('commit', commit ?? home.sha)
    step.log(`${repository} at ${current ? 'what lies in its folder now' : ref}`)
    if (repository.toLowerCase() !== own.toLowerCase()) return
    const files = await listFiles(target, step)
    const changed = await overlayConfiguration(target, files, step.services)
    const made = changed.filter((file) => !files.includes(file))
    for (const file of changed)
      step.log(
        `${file} of this copy is ${made.includes(file) ? 'made' : 'changed'}, as the run says at its top.`,
      )
    // A step that asks git whether it changed anything must not be told of this.
    if (git?.top && changed.length > 0) await git.overlook(target, changed, [TRUSTED_ROOT, ...made])
  },
}

type Git = NonNullable<Awaited<ReturnType<typeof openGit>>>

/** @returns the commit, when it is not the run's own */
async function fillFromGit(
  step: EquivalentStep,
  git: Git,
  target: string,
  ref: string | undefined,
  home: Home,
): Promise<string | undefined> {
  const commit = ref === undefined ? undefined : await git.find(ref)
  if (ref !== undefined && commit === undefined) throw unknownRef(home.repository, ref)
  if (!git.top) {
    if (commit !== undefined) throw unknownRef(home.repository, ref ?? '')
    return undefined
  }
  await git.clone(target, Number(step.inputs['fetch-depth']) || 0, commit)
  return commit
}

function refuseUnsupported({ inputs }: EquivalentStep): void {
  const asked = UNSUPPORTED.find((name) => !['', 'false', undefined].includes(inputs[name]))
  if (asked === undefined) return
  throw new SluiceError('REHEARSAL_UNSUPPORTED', `A rehearsal's checkout does not do \`${asked}\`.`, {
    remedy: `Leave \`${asked}\` out, or map another folder with \`--map actions/checkout=<folder>\`.`,
  })
}

async function emptyTarget({ inputs, workspace }: EquivalentStep): Promise<string> {
  const target = resolve(workspace, inputs['path'] || '.')
  if (!contains(workspace, target)) {
    throw new SluiceError(
      'CHECKOUT_PATH_INVALID',
      `The path '${inputs['path']}' lies outside the workspace.`,
      {
        remedy: 'Give `path` a folder inside the workspace.',
      },
    )
  }
  await mkdir(target, { recursive: true })
  for (const entry of await readdir(target)) await rm(join(target, entry), { recursive: true, force: true })
  return target
}

async function homeOf(step: EquivalentStep, repository: string, ref: string): Promise<Home> {
  const home = await step.homeOf(repository, ref || 'HEAD')
  if (home) return home
  throw new SluiceError('REHEARSAL_UNSUPPORTED', `The repository ${repository} is not on this machine.`, {
    remedy: `Say where it lies with \`--map ${repository}=<folder>\`.`,
  })
}

/** Whether a ref names what the run is about: its commit, its branch, or the head of its pull request. */
function isCurrent({ github }: EquivalentStep, home: Home, ref: string): boolean {
  const head = mapping(mapping(mapping(github['event'])['pull_request'])['head'])
  const names = [home.sha, home.ref, home.ref.replace(/^refs\/(heads|tags)\//, '')]
  const own = [github['sha'], github['ref'], github['ref_name'], github['head_ref'], head['sha'], head['ref']]
  const isOwn = String(github['repository'] ?? '').toLowerCase() === home.repository.toLowerCase()
  return [...names, ...(isOwn ? own : [])].includes(ref)
}

function unknownRef(repository: string, ref: string): SluiceError {
  return new SluiceError('CHECKOUT_REF_UNKNOWN', `${repository} has no '${ref}' on this machine.`, {
    remedy: 'Rehearse from a git repository that has that branch, tag or commit.',
  })
}
