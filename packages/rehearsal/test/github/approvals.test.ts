import { expect, test } from 'vitest'
import { ask, job, REPOSITORY, run, services } from '../facts.js'

const pending = `/repos/${REPOSITORY}/actions/runs/${run.runId}/pending_deployments`
const approvals = `/repos/${REPOSITORY}/actions/runs/${run.runId}/approvals`

test('an environment that the flag names is approved, whatever its case', async () => {
  await using running = await services({ approve: ['Prod'] })
  await expect(running.approval('prod')).resolves.toBe('approved')
  expect(running.record().approvals).toMatchObject([{ environment: 'prod', how: 'flag', by: 'octocat' }])
})

test('without a flag and without anybody to ask it is rejected', async () => {
  await using running = await services({ approve: ['staging'] })
  await expect(running.approval('prod')).resolves.toBe('rejected')
  expect(running.record().approvals).toMatchObject([{ state: 'rejected', how: 'nobody' }])
})

test.each([
  [true, 'approved'],
  [false, 'rejected'],
] as const)('the answer %s of the person who is asked counts', async (yes, state) => {
  const asked: string[] = []
  await using running = await services({
    ask: async (environment) => {
      asked.push(environment)
      return yes
    },
  })
  await expect(running.approval('prod')).resolves.toBe(state)
  expect(asked).toEqual(['prod'])
  expect(running.record().approvals).toMatchObject([{ state, how: 'asked' }])
})

test('jobs that wait for one environment get one answer; a later one asks again', async () => {
  let times = 0
  await using running = await services({ ask: async () => ++times === 1 })
  const both = await Promise.all([running.approval('prod'), running.approval('prod')])
  expect(both).toEqual(['approved', 'approved'])
  expect(running.record().approvals).toHaveLength(1)
  await expect(running.approval('prod')).resolves.toBe('rejected')
})

test('while it waits a reviewer may answer over the API, a job may not', async () => {
  await using running = await services({ ask: () => new Promise(() => undefined) })
  const variables = await running.forJob(job({ actions: 'write', deployments: 'write' }), run)
  const decided = running.approval('prod')
  const waits = await ask(variables, 'GET', pending)
  expect(waits.body).toMatchObject([{ environment: { name: 'prod' }, current_user_can_approve: false }])
  const review = {
    environment_ids: [waits.body[0].environment.id],
    state: 'approved',
    comment: 'looks right',
  }
  expect((await ask(variables, 'POST', pending, review)).status).toBe(403)
  const reviewer = { ...variables, GITHUB_TOKEN: running.reviewerToken }
  expect((await ask(reviewer, 'POST', pending, { ...review, environment_ids: [1] })).status).toBe(422)
  expect((await ask(reviewer, 'POST', pending, review)).status).toBe(200)
  await expect(decided).resolves.toBe('approved')
  expect((await ask(variables, 'GET', pending)).body).toEqual([])
  expect((await ask(variables, 'GET', approvals)).body).toMatchObject([
    {
      state: 'approved',
      comment: 'looks right',
      user: { login: 'octocat' },
      environments: [{ name: 'prod' }],
    },
  ])
  expect((await ask(reviewer, 'POST', pending, review)).status).toBe(422)
})

test('another run has no approvals here', async () => {
  await using running = await services({ approve: ['prod'] })
  await running.approval('prod')
  const variables = await running.forJob(job({ actions: 'read' }), run)
  expect((await ask(variables, 'GET', approvals.replace(run.runId, '1'))).status).toBe(404)
})
