import { posix } from 'node:path'
import { CONFIG_LIMIT, loadSection, parseSection, waiversSection } from '@sluice/config'
import { isSluiceError } from '@sluice/errors'
import { applyWaivers, type Finding, fingerprint, type Waiver } from '@sluice/verdict'
import type { Context } from './context.js'
import { baseCommit } from './github/base-commit.js'
import { createRest } from './github/rest.js'
import type { CommonInputs } from './run/inputs.js'

type WaiverInputs = Pick<CommonInputs, 'config' | 'workingDirectory' | 'githubToken'>

/** Marks what is accepted among the findings of a check, and adds what is to be said of the waivers themselves. */
export type AcceptFindings = (findings: readonly Finding[]) => Finding[]

/**
 * Reads the waivers of sluice.yaml. In a pull request only those hold that its base branch has too: nobody accepts
 * their own findings. Where the base cannot be read none holds, and a note says why.
 * @param check what the check's rules begin with; waivers of them that accept nothing are noted
 * @throws SluiceError CONFIG_NOT_FOUND, CONFIG_MALFORMED, CONFIG_UNKNOWN_KEY, CONFIG_INVALID for the checkout's file
 */
export async function readWaivers(
  inputs: WaiverInputs,
  context: Context,
  check: string,
): Promise<AcceptFindings> {
  const proposed = await loadSection(context.workspace, inputs.config, waiversSection)
  const { holding, notes } = await agreed(proposed, inputs, context)
  const terms = { today: context.clock.today(), check }
  return (findings) => [...applyWaivers(findings, holding, terms), ...notes]
}

interface Agreed {
  readonly holding: readonly Waiver[]
  readonly notes: readonly Finding[]
}

async function agreed(proposed: Waiver[], inputs: WaiverInputs, context: Context): Promise<Agreed> {
  const { run } = context
  const base = baseCommit(run)
  if (run.kind !== 'github' || base === undefined || proposed.length === 0)
    return { holding: proposed, notes: [] }
  const read = await readBase(run.repository, run.apiUrl, base, inputs, context)
  if (read.state === 'unread') {
    const message = `The waivers of the base branch could not be read, so none holds: ${read.because}.`
    const remedy = 'Grant `contents: read`, and leave `github-token` as it is.'
    return { holding: [], notes: [note('waiver/base-unread', message, remedy, base)] }
  }
  const known = new Set(read.waivers.map(identity))
  const holding = proposed.filter((one) => known.has(identity(one)))
  const fresh = proposed.length - holding.length
  if (fresh === 0) return { holding, notes: [] }
  const message = `${fresh} of ${proposed.length} waivers are new or changed in this pull request, and hold only once they are merged.`
  const remedy = 'Have the waivers reviewed and merged by themselves first.'
  return { holding, notes: [note('waiver/proposed', message, remedy, base)] }
}

type Read =
  | { readonly state: 'read'; readonly waivers: readonly Waiver[] }
  | { readonly state: 'unread'; readonly because: string }

async function readBase(
  repository: string,
  apiUrl: string,
  base: string,
  { config, githubToken, workingDirectory }: WaiverInputs,
  { fetch }: Context,
): Promise<Read> {
  const file = posix.normalize(posix.join(workingDirectory, config))
  if (base === 'unknown') return unread('the event names no base commit')
  if (posix.isAbsolute(config) || posix.isAbsolute(workingDirectory) || file.startsWith('..'))
    return unread(`${file} is no path in the repository`)
  if (githubToken === undefined) return unread('there is no `github-token`')
  const rest = createRest(fetch, apiUrl, githubToken)
  const path = file.split('/').map(encodeURIComponent).join('/')
  try {
    const { body, status } = await rest.request('GET', `/repos/${repository}/contents/${path}?ref=${base}`)
    if (status === 404) return { state: 'read', waivers: [] }
    if (status !== 200) return unread(`GitHub answered ${status}`)
    const text = contentOf(body)
    if (text === undefined) return unread('GitHub answered without the content of a file')
    return { state: 'read', waivers: parseSection(text, file, waiversSection) }
  } catch (error) {
    if (isSluiceError(error)) return unread(`${error.code}: ${error.message}`)
    throw error
  }
}

/** The text of a file as the contents API gives it (`encoding: base64`, up to 1 MiB). */
function contentOf(body: unknown): string | undefined {
  const { content, encoding } = (body ?? {}) as { content?: unknown; encoding?: unknown }
  if (typeof content !== 'string' || encoding !== 'base64') return undefined
  const bytes = Buffer.from(content, 'base64')
  return bytes.length > CONFIG_LIMIT ? undefined : bytes.toString('utf8')
}

function unread(because: string): Read {
  return { state: 'unread', because: because.replace(/\.$/, '') }
}

function identity(waiver: Waiver): string {
  return JSON.stringify(Object.entries(waiver).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function note(rule: string, message: string, remedy: string, base: string): Finding {
  return { rule, level: 'note', message, remedy, fingerprint: fingerprint(rule, base) }
}
