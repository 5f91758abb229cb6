import { splitTemplate } from '../expression/template.js'

/**
 * What strangers write: its text must not be put into a script, where it would run (docs.github.com, "Script
 * injections"; the contexts that GitHub's CodeQL query `actions/code-injection` takes for sources). Between dots
 * stand the names that are possible there; `*` is any element of a list.
 */
const STRANGERS = [
  'github.head_ref',
  'github.event.issue|pull_request|discussion.title|body',
  'github.event.comment|review|review_comment.body',
  'github.event.pull_request.head.ref|label',
  'github.event.pull_request.head.repo.default_branch|description|homepage|name|full_name',
  'github.event.head_commit.message',
  'github.event.head_commit.author|committer.name|email|username',
  'github.event.commits.*.message',
  'github.event.commits.*.author|committer.name|email|username',
  'github.event.pages.*.page_name',
  'github.event.workflow_run.head_branch|display_title',
  'github.event.workflow_run|merge_group.head_commit.message',
  'github.event.workflow_run|merge_group.head_commit.author|committer.name|email',
].map((source) => source.split('.').map((names) => names.split('|')))

/** A string, and whether it is an index: brackets around a name are another way of writing a dot. */
const STRING = /\[\s*'([\w-]+)'\s*\]|'(?:[^']|'')*'/g
const PATH = /(?<![\w.-])(tojson\(+)?(github(?:\.[\w*-]+|\[[^[\]]*\])*)/g
const SEGMENT = /[^.[\]]+|\[[^\]]*\]/g

/**
 * The first context in a script's template that strangers write, in lower case and without blanks, as GitHub reads
 * it; undefined when there is none.
 * @throws SluiceError EXPRESSION_INVALID when an expression has no end
 */
export function untrustedIn(script: string): string | undefined {
  for (const part of splitTemplate(script)) {
    if (part.kind === 'text') continue
    for (const [, json, path] of normal(part.expression).matchAll(PATH)) {
      const segments = path!.match(SEGMENT)!
      if (STRANGERS.some((source) => source.length === segments.length && leadsTo(source, segments)))
        return path
      // An object is put in as the word `Object`, unless it is written out with all that is in it.
      if (json !== undefined && STRANGERS.some((source) => leadsTo(source, segments)))
        return `toJSON(${path})`
    }
  }
  return undefined
}

function normal(expression: string): string {
  const dotted = expression.replaceAll(STRING, (_, name?: string) => (name === undefined ? "''" : `.${name}`))
  return dotted.toLowerCase().replaceAll(/\s/g, '')
}

/** Whether the segments are the source or lie on the way to it. */
function leadsTo(source: readonly string[][], segments: readonly string[]): boolean {
  return segments.length <= source.length && segments.every((segment, at) => mayBe(source[at]!, segment))
}

/** A number is an element of a list; a filter, or an index that is worked out, may be anything. */
function mayBe(names: readonly string[], segment: string): boolean {
  if (/^\[\d+\]$/.test(segment)) return names.includes('*')
  return segment === '*' || segment.startsWith('[') || names.includes(segment)
}
