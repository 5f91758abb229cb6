import { nearest, type SluiceError } from '@sluice/errors'
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml'
import type { Language } from '../expression/language.js'
import { invalid } from './refusals.js'
import type { TemplateToken } from './tokens.js'

/** More is no workflow that GitHub would take (its own limit on a file is 500 kB). */
export const FILE_LIMIT = 512 * 1024

/**
 * Has GitHub's own parser read and check a workflow.
 * @param file as messages show it
 * @returns the root mapping
 * @throws SluiceError WORKFLOW_INVALID with file, line and remedy
 */
export async function parseWorkflow(
  language: Language,
  file: string,
  content: string,
): Promise<TemplateToken> {
  checkAliases(file, content)
  const { context: contexts, convert, expressions, parser, schema } = language
  const context = new contexts.TemplateContext(
    new contexts.TemplateValidationErrors(10, 500),
    schema.getWorkflowSchema(),
    new parser.NoOperationTraceWriter(),
  )
  // Known to the parser, so that background steps are refused by their own name and not as a misspelt key.
  const featureFlags = new expressions.FeatureFlags({ all: true })
  context.state['featureFlags'] = featureFlags
  const { value: root } = parser.parseWorkflow({ name: file, content }, context)
  if (root !== undefined) {
    // Checks what the schema alone does not: needs, names, contexts of conditions.
    await convert.convertWorkflowTemplate(context, root, undefined, {
      errorPolicy: convert.ErrorPolicy.TryConversion,
      featureFlags,
      maxReusableWorkflowDepth: 10,
    })
  }
  const errors = context.errors.getErrors()
  if (errors.length > 0 || root === undefined) throw broken(file, content, errors)
  return root
}

/** The parser writes aliases out; so many nodes are no workflow but an attempt to fill the memory. */
const NODE_LIMIT = 200_000

function checkAliases(file: string, content: string): void {
  const document = parseDocument(content)
  const sizes = new Map<unknown, number>()
  const sizeOf = (node: unknown): number => {
    if (isPair(node)) return 1 + sizeOf(node.value)
    const known = sizes.get(node)
    if (known !== undefined) return known
    // A circle of aliases ends here; the parser drops what it meets again.
    sizes.set(node, 1)
    const size = isAlias(node)
      ? sizeOf(node.resolve(document) as Node | undefined)
      : isCollection(node)
        ? node.items.reduce<number>((total, item) => Math.min(total + sizeOf(item), NODE_LIMIT + 1), 1)
        : 1
    sizes.set(node, size)
    return size
  }
  if (sizeOf(document.contents) <= NODE_LIMIT) return
  throw invalid(
    { file, line: 1 },
    `with its aliases written out, the file has more than ${NODE_LIMIT} nodes.`,
    'Use fewer aliases.',
  )
}

interface ParserError {
  readonly rawMessage: string
  readonly range: { readonly start: { readonly line: number } } | undefined
}

function broken(file: string, content: string, errors: readonly ParserError[]): SluiceError {
  const nobody = errors.some(({ rawMessage }) => /at least one job with no dependencies/.test(rawMessage))
  const need = nobody ? unknownNeed(content) : undefined
  if (need !== undefined) {
    const message = `Job '${need.job}' depends on unknown job '${need.need}'`
    const place = { file, line: need.line }
    return invalid(place, `GitHub's parser refuses this: ${message}.`, remedyFor(message, content))
  }
  const [first, ...others] = errors
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  // A fault of YAML is followed by a picture of the line, which a message of one line cannot show.
  const message = (first?.rawMessage ?? 'The file holds no workflow').split('\n', 1)[0]!.replace(/[.:]$/, '')
  const line = first?.range?.start.line ?? 1
  return invalid(
    { file, line },
    `GitHub's parser refuses this: ${message}${more}.`,
    remedyFor(message, content),
  )
}

/** Where no job can begin the parser does not say which `needs` is to blame: the first that names no job. */
function unknownNeed(content: string): { job: string; need: string; line: number } | undefined {
  const lines = new LineCounter()
  const jobs = parseDocument(content, { lineCounter: lines }).get('jobs')
  if (!isMap(jobs)) return undefined
  const names = jobs.items.map(({ key }) => String(key))
  for (const { key, value } of jobs.items) {
    const needs = isMap(value) ? value.get('needs', true) : undefined
    for (const one of isSeq(needs) ? needs.items : [needs]) {
      if (!isScalar(one) || names.includes(String(one.value))) continue
      return { job: String(key), need: String(one.value), line: lines.linePos(one.range?.[0] ?? 0).line }
    }
  }
  return undefined
}

const KEYS = [
  ...[
    'name',
    'run-name',
    'on',
    'permissions',
    'env',
    'defaults',
    'concurrency',
    'jobs',
    'needs',
    'if',
    'runs-on',
  ],
  ...[
    'environment',
    'outputs',
    'timeout-minutes',
    'strategy',
    'matrix',
    'fail-fast',
    'max-parallel',
    'include',
  ],
  ...[
    'exclude',
    'continue-on-error',
    'steps',
    'uses',
    'with',
    'secrets',
    'id',
    'run',
    'working-directory',
    'shell',
  ],
  ...[
    'group',
    'cancel-in-progress',
    'queue',
    'inputs',
    'required',
    'default',
    'description',
    'type',
    'value',
  ],
  ...[
    'url',
    'branches',
    'paths',
    'tags',
    'types',
    'options',
    'id-token',
    'contents',
    'pull-requests',
    'actions',
  ],
  ...['attestations', 'checks', 'deployments', 'issues', 'packages', 'security-events', 'statuses'],
]

function remedyFor(message: string, content: string): string {
  const need = /depends on unknown job '([^']*)'/.exec(message)?.[1]
  if (need !== undefined) {
    const jobs = [...content.matchAll(/^ {2}([A-Za-z_][\w-]*):/gm)].map((match) => match[1]!)
    const near = nearest(need, jobs)
    return near === undefined
      ? `Add a job \`${need}\`, or take it out of \`needs\`.`
      : `Did you mean \`${near}\`? Otherwise add a job \`${need}\`, or take it out of \`needs\`.`
  }
  if (/creates a cycle/.test(message)) return 'Take one of the jobs out of `needs`, so that one can start.'
  const key = /^Unexpected value '([^']*)'/.exec(message)?.[1]
  if (key !== undefined) {
    const near = nearest(key, KEYS)
    const hint = near === undefined || near === key ? '' : `Did you mean \`${near}\`? `
    return `${hint}Remove \`${key}\` or move it to where GitHub takes it (docs.github.com, workflow syntax).`
  }
  return 'Correct this line; on GitHub the run would end before its first job.'
}
