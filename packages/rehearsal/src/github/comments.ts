import { HttpFault, json, readJson } from '../server/loopback.js'
import { page } from './page.js'
import type { Comment } from './record.js'
import type { Asked, Route } from './route.js'
import type { State } from './state.js'
import { BOT } from './who.js'

/** GitHub rejects longer ones. */
const LIMIT = 65_536

/** Comments on issues and pull requests, which are issues here. */
export function commentRoutes(state: State): Route[] {
  const issue = '/repos/{owner}/{repo}/issues/{number}/comments'
  const one = '/repos/{owner}/{repo}/issues/comments/{id}'
  return [
    {
      method: 'GET',
      path: issue,
      needs: ['issues:read', 'pull-requests:read'],
      handle: ({ call, at }) => {
        const number = issueNumber(at)
        const found = state.comments.filter((comment) => comment.issue === number)
        return page(call, state.url(), found, (all) => all.map((comment) => shown(state, comment)))
      },
    },
    {
      method: 'POST',
      path: issue,
      needs: ['issues:write', 'pull-requests:write'],
      handle: async ({ call, at, caller }) => {
        const body = await textOf({ call })
        const now = new Date().toISOString()
        const comment: Comment = {
          id: state.nextId(),
          issue: issueNumber(at),
          body,
          author: caller.kind === 'job' ? BOT : caller.login,
          createdAt: now,
          updatedAt: now,
        }
        state.comments.push(comment)
        return json(201, shown(state, comment))
      },
    },
    {
      method: 'GET',
      path: one,
      needs: ['issues:read', 'pull-requests:read'],
      handle: ({ at }) => json(200, shown(state, find(state, at))),
    },
    {
      method: 'PATCH',
      path: one,
      needs: ['issues:write', 'pull-requests:write'],
      handle: async ({ call, at }) => {
        const comment = find(state, at)
        comment.body = await textOf({ call })
        comment.updatedAt = new Date().toISOString()
        return json(200, shown(state, comment))
      },
    },
    {
      method: 'DELETE',
      path: one,
      needs: ['issues:write', 'pull-requests:write'],
      handle: ({ at }) => {
        state.comments.splice(state.comments.indexOf(find(state, at)), 1)
        return { status: 204 }
      },
    },
  ]
}

async function textOf({ call }: Pick<Asked, 'call'>): Promise<string> {
  const { body } = await readJson(call, 1024 * 1024)
  if (typeof body !== 'string' || body.trim() === '')
    throw invalid('missing_field', 'body', 'Body cannot be blank')
  // GitHub counts characters, of which an emoji is one.
  if ([...body].length > LIMIT)
    throw invalid('unprocessable', 'data', `Body is too long (maximum is ${LIMIT} characters)`)
  return body
}

function invalid(code: string, field: string, message: string): HttpFault {
  return new HttpFault(422, 'Validation Failed', {
    errors: [{ resource: 'IssueComment', code, field, message }],
  })
}

function issueNumber({ number = '' }: Asked['at']): number {
  if (!/^[1-9]\d{0,8}$/.test(number)) throw new HttpFault(404, 'Not Found')
  return Number(number)
}

function find(state: State, { id = '' }: Asked['at']): Comment {
  const comment = state.comments.find((one) => String(one.id) === id)
  if (comment === undefined) throw new HttpFault(404, 'Not Found')
  return comment
}

function shown(state: State, comment: Comment) {
  const repository = `${state.url()}/repos/${state.run.repository}`
  return {
    id: comment.id,
    body: comment.body,
    user: { login: comment.author, type: comment.author.endsWith('[bot]') ? 'Bot' : 'User' },
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    url: `${repository}/issues/comments/${comment.id}`,
    issue_url: `${repository}/issues/${comment.issue}`,
    html_url: `https://github.com/${state.run.repository}/issues/${comment.issue}#issuecomment-${comment.id}`,
  }
}
