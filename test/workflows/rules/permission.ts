import { type Document, type Entry, entries, get, type Rule, text } from './document.js'

const REASON = /#\s*\S.{4,}/
const TAKES = /^\s*# Takes from the caller: (.+)$/
const GRANT = /([a-z-]+): (read|write)/g

/** Every grant says what it is for. */
export const grantsHaveReasons: Rule = (document) => {
  const blocks = [document.root, ...entries(get(document.root, 'jobs')).map(({ value }) => value)]
  return blocks
    .flatMap((block) => entries(get(block, 'permissions')))
    .filter(({ at }) => !REASON.test(document.lines[document.lineOf(at) - 1] ?? ''))
    .map(({ key, at }) => ({
      file: document.file,
      line: document.lineOf(at),
      message: `\`${key}\` is granted without a reason.`,
      remedy: `Append \`# to …\` to the line.`,
    }))
}

/** A workflow that starts by itself begins with nothing granted. */
export const nothingIsGrantedAtTheTop: Rule = (document) => {
  const top = entries(document.root).find(({ key }) => key === 'permissions')
  if (top !== undefined && entries(top.value).length === 0 && text(top.value) === '') return []
  return [
    {
      file: document.file,
      line: top === undefined ? 1 : document.lineOf(top.at),
      message: 'jobs that say nothing would get permissions.',
      remedy: 'Write `permissions: {}` at the top, and grant in the jobs.',
    },
  ]
}

/**
 * A reusable workflow says of each job what it may do: by `permissions` where the minimum is enough, by a comment
 * `Takes from the caller` where it inherits (docs/decisions/0072). What calls on says nothing, nor does the first job.
 */
export const jobsSayWhatTheyTake: Rule = (document) => {
  const top = entries(document.root).find(({ key }) => key === 'permissions')
  const problems = top === undefined ? [] : [beside(document, top)]
  for (const job of entries(get(document.root, 'jobs'))) {
    if (job.key === 'permissions' || get(job.value, 'uses') !== undefined) continue
    const own = entries(get(job.value, 'permissions'))
    for (const grant of own) {
      if (grant.key === 'contents' && text(grant.value) === 'read') continue
      problems.push({
        file: document.file,
        line: document.lineOf(grant.at),
        message: `a caller that does not grant \`${grant.key}: ${text(grant.value)}\` would get no job and no log.`,
        remedy: 'Take `permissions` out of the job, and write `# Takes from the caller: …` above it.',
      })
    }
    if (own.length > 0 || takenBy(document, job) !== undefined) continue
    problems.push({
      file: document.file,
      line: document.lineOf(job.at),
      message: `the job \`${job.key}\` does not say what it takes from the caller.`,
      remedy: 'Write `# Takes from the caller: <permission>: <level> (<reason>), …` above it.',
    })
  }
  return problems
}

function beside(document: Document, top: Entry) {
  return {
    file: document.file,
    line: document.lineOf(top.at),
    message: 'jobs could not have what the caller grants.',
    remedy: 'Take `permissions` at the top away (docs/decisions/0072).',
  }
}

function takenBy(document: Document, job: Entry): string | undefined {
  return TAKES.exec(document.lines[document.lineOf(job.at) - 2] ?? '')?.[1]
}

export type Needs = ReadonlyMap<string, 'read' | 'write'>

/** What a reusable workflow needs of its caller, with all that it calls. */
export function needsOf(document: Document, read: (path: string) => Document | undefined): Needs {
  const needs = new Map<string, 'read' | 'write'>()
  const add = (key: string, level: 'read' | 'write') => {
    if (needs.get(key) !== 'write') needs.set(key, level)
  }
  for (const job of entries(get(document.root, 'jobs'))) {
    const uses = text(get(job.value, 'uses'))
    const callee = uses.startsWith('$/') ? read(uses.slice(2)) : undefined
    for (const [key, level] of callee === undefined ? [] : needsOf(callee, read)) add(key, level)
    for (const grant of entries(get(job.value, 'permissions')))
      add(grant.key, text(grant.value) as 'read' | 'write')
    for (const [, key, level] of (takenBy(document, job) ?? '').matchAll(GRANT))
      add(key!, level as 'read' | 'write')
  }
  return needs
}

/** A caller grants what the called workflow needs, and no more. */
export function grantsWhatIsNeeded(repository: string, read: (path: string) => Document | undefined): Rule {
  const called = new RegExp(`^${repository}/(\\.github/workflows/[\\w-]+\\.yml)@`)
  return (document) =>
    entries(get(document.root, 'jobs')).flatMap(({ key, at, value }) => {
      const path = called.exec(text(get(value, 'uses')))?.[1]
      const callee = path === undefined ? undefined : read(path)
      if (callee === undefined) return []
      const needs = needsOf(callee, read)
      const grants = entries(get(value, 'permissions'))
      const line = document.lineOf(get(value, 'permissions') ?? at)
      const missing = [...needs]
        .filter(([name, level]) => {
          const granted = text(grants.find((grant) => grant.key === name)?.value)
          return granted !== level && granted !== 'write'
        })
        .map(([name, level]) => ({
          file: document.file,
          line,
          message: `the job \`${key}\` does not grant \`${name}: ${level}\`, which ${path} needs.`,
          remedy: `Add \`${name}: ${level} # to …\` to its permissions.`,
        }))
      const idle = grants
        .filter((grant) => {
          const needed = needs.get(grant.key)
          return needed === undefined || (needed === 'read' && text(grant.value) === 'write')
        })
        .map((grant) => ({
          file: document.file,
          line: document.lineOf(grant.at),
          message: `\`${grant.key}: ${text(grant.value)}\` is more than ${path} needs.`,
          remedy: `Grant ${needs.get(grant.key) ?? 'none'}, or let a job of the workflow say that it takes it.`,
        }))
      return [...missing, ...idle]
    })
}
