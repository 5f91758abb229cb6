import { HttpFault, json, readJson } from '../server/loopback.js'
import { page } from './page.js'
import type { CheckRun } from './record.js'
import type { Asked, Route } from './route.js'
import type { State } from './state.js'

/** Of one request; more of them go into further updates. */
const ANNOTATIONS = 50
const SUMMARY_LIMIT = 65_535
const LEVELS = ['notice', 'warning', 'failure']
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out']

/** Check runs. */
export function checkRoutes(state: State): Route[] {
  const all = '/repos/{owner}/{repo}/check-runs'
  const one = `${all}/{id}`
  return [
    {
      method: 'POST',
      path: all,
      needs: ['checks:write'],
      handle: async ({ call }) => {
        const given = await readJson(call)
        const { name, head_sha: sha } = given
        if (typeof name !== 'string' || typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha))
          throw invalid('A check run needs `name` and a full `head_sha`')
        const check: CheckRun = {
          id: state.nextId(),
          name,
          headSha: sha,
          status: 'queued',
          conclusion: null,
          output: { title: null, summary: null, text: null },
          annotations: [],
          startedAt: new Date().toISOString(),
          completedAt: null,
        }
        apply(check, given)
        state.checks.push(check)
        return json(201, shown(check))
      },
    },
    {
      method: 'PATCH',
      path: one,
      needs: ['checks:write'],
      handle: async ({ call, at }) => {
        const check = find(state, at)
        apply(check, await readJson(call))
        return json(200, shown(check))
      },
    },
    {
      method: 'GET',
      path: one,
      needs: ['checks:read'],
      handle: ({ at }) => json(200, shown(find(state, at))),
    },
    {
      method: 'GET',
      path: `${one}/annotations`,
      needs: ['checks:read'],
      handle: ({ call, at }) => page(call, state.url(), find(state, at).annotations),
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/commits/{ref}/check-runs',
      needs: ['checks:read'],
      handle: ({ call, at }) => {
        const found = state.checks.filter(({ headSha }) => headSha === at['ref'])
        return page(call, state.url(), found, (some) => ({
          total_count: found.length,
          check_runs: some.map(shown),
        }))
      },
    },
  ]
}

/** Validates first and changes then, so that a refused update leaves the check as it was. */
function apply(check: CheckRun, given: Readonly<Record<string, unknown>>): void {
  const { name, status, conclusion } = given
  if (conclusion !== undefined && !CONCLUSIONS.includes(String(conclusion)))
    throw invalid(`\`conclusion\` is one of ${CONCLUSIONS.join(', ')}`)
  if (status === 'completed' && conclusion === undefined)
    throw invalid('A completed check run needs a `conclusion`')
  const output = given['output']
  const annotations = outputOf(output)
  if (typeof name === 'string') check.name = name
  if (typeof status === 'string') check.status = status
  if (typeof conclusion === 'string') {
    check.conclusion = conclusion
    check.status = 'completed'
    check.completedAt = new Date().toISOString()
  }
  if (output !== undefined) {
    const { title = check.output.title, summary, text = check.output.text } = output as CheckRun['output']
    check.output = { title, summary, text }
    check.annotations.push(...annotations)
  }
}

function outputOf(output: unknown): readonly unknown[] {
  if (output === undefined) return []
  const { title, summary, annotations = [] } = (output ?? {}) as Record<string, unknown>
  if (typeof title !== 'string' || typeof summary !== 'string')
    throw invalid('`output` needs `title` and `summary`')
  if (summary.length > SUMMARY_LIMIT) throw invalid(`\`summary\` has more than ${SUMMARY_LIMIT} characters`)
  if (!Array.isArray(annotations) || annotations.length > ANNOTATIONS)
    throw invalid(`\`annotations\` holds at most ${ANNOTATIONS} of a request`)
  for (const annotation of annotations) {
    const { path, start_line: start, end_line: end, annotation_level: level, message } = annotation ?? {}
    const whole = Number.isInteger(start) && Number.isInteger(end) && start > 0 && end >= start
    if (typeof path !== 'string' || typeof message !== 'string' || !whole || !LEVELS.includes(level))
      throw invalid('An annotation needs path, start_line, end_line, annotation_level and message')
  }
  return annotations
}

function find(state: State, { id = '' }: Asked['at']): CheckRun {
  const check = state.checks.find((one) => String(one.id) === id)
  if (check === undefined) throw new HttpFault(404, 'Not Found')
  return check
}

function invalid(message: string): HttpFault {
  return new HttpFault(422, 'Invalid request', { errors: [message] })
}

function shown(check: CheckRun) {
  return {
    id: check.id,
    name: check.name,
    head_sha: check.headSha,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: { ...check.output, annotations_count: check.annotations.length },
  }
}
