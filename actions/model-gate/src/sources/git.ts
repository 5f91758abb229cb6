import { SluiceError } from '@sluice/errors'
import { LIMITS, type ModelSource } from '@sluice/evaluation'
import { baseCommit, type Checkout, type CommittedFile, type Context, openCheckout } from '@sluice/toolkit'
import type { Found } from './open-source.js'

type GitSource = Extract<ModelSource, { kind: 'git' }>

const DEEPER = 'Set `fetch-depth: 0` of `actions/checkout`, so that the checkout has all branches and tags.'

/** A file as another commit of this repository has it. @throws SluiceError CHAMPION_REF_*, CHAMPION_FILE_*, GIT_* */
export async function readCommitted({ ref, path }: GitSource, context: Context): Promise<Found> {
  const wanted = commitWanted(ref, context)
  const checkout = await openCheckout(context)
  const commit = await resolve(checkout, wanted, ref)
  const file = await checkout.read(commit, path, LIMITS.fileBytes)
  if (file.state !== 'file') throw unusable(file, ref, commit)
  return {
    name: `git:${ref}:${file.path}`,
    bytes: file.bytes,
    pinned: { kind: 'git', ref, commit, path: file.path },
  }
}

/** @throws SluiceError CHAMPION_REF_UNUSABLE */
function commitWanted(ref: string, { run }: Context): string {
  const base = baseCommit(run)
  if (ref === 'base') {
    if (base === undefined)
      throw unfit('There is no base: this is no pull request and no merge queue', 'Name the branch.')
    if (base === 'unknown') throw unfit('The event names no base commit', 'Name the branch.')
    return base
  }
  // In a pull request these are what its author wrote.
  if (base !== undefined && (ref === 'HEAD' || /^refs\/(remotes\/)?pull\//.test(ref)))
    throw unfit(`In a pull request \`${ref}\` is the candidate's own commit`, 'Write `git:base:<path>`.')
  return ref
}

/** @throws SluiceError CHAMPION_REF_UNKNOWN, CHAMPION_REF_UNUSABLE */
async function resolve(checkout: Checkout, wanted: string, ref: string): Promise<string> {
  const resolved = await checkout.resolve(wanted)
  if (resolved.state === 'found') return resolved.commit
  if (resolved.state === 'ambiguous') {
    const commits = resolved.commits.map((commit) => commit.slice(0, 12)).join(' and ')
    throw unfit(
      `\`${ref}\` is both a branch and a tag, of other commits (${commits})`,
      `Write \`refs/remotes/origin/${ref}\` or \`refs/tags/${ref}\`.`,
    )
  }
  const where = resolved.shallow ? 'in this checkout, which has only part of the history' : 'in this checkout'
  throw new SluiceError('CHAMPION_REF_UNKNOWN', `There is no \`${ref}\` ${where}.`, {
    remedy: resolved.shallow
      ? DEEPER
      : `Correct the name: a branch, a tag, or a commit in full. If it exists on the server: ${DEEPER}`,
  })
}

function unfit(found: string, remedy: string): SluiceError {
  return new SluiceError('CHAMPION_REF_UNUSABLE', `${found}.`, { remedy })
}

function unusable(file: Exclude<CommittedFile, { state: 'file' }>, ref: string, commit: string): SluiceError {
  const at = `${ref} (${commit.slice(0, 12)})`
  switch (file.state) {
    case 'absent':
      return new SluiceError('CHAMPION_FILE_MISSING', `${at} has no \`${file.path}\`.`, {
        remedy: 'Correct the path, which starts at the working directory, or the ref.',
      })
    case 'no-file':
      return new SluiceError('CHAMPION_FILE_UNUSABLE', `\`${file.path}\` of ${at} is ${file.what}.`, {
        remedy: 'Name a regular file.',
      })
    case 'too-large':
      return new SluiceError(
        'CHAMPION_FILE_UNUSABLE',
        `\`${file.path}\` of ${at} has more than the ${LIMITS.fileBytes} bytes that are read.`,
        { remedy: 'Evaluate on a sample, or write only the columns that are needed.' },
      )
  }
}
