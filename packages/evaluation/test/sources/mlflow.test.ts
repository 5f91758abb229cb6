import { describe, expect, test } from 'vitest'
import {
  artifactCall,
  listedFile,
  mlflowCall,
  mlflowFault,
  modelVersion,
  runArtifacts,
  trackingServer,
} from '../../src/sources/mlflow.js'

describe('the address of a server', () => {
  test.each([
    ['https://mlflow.example', true, 'https://mlflow.example'],
    ['https://example.com/tools/mlflow/', true, 'https://example.com/tools/mlflow'],
    ['http://127.0.0.1:5000', true, 'http://127.0.0.1:5000'],
    ['http://localhost:5000/', true, 'http://localhost:5000'],
    ['http://[::1]:5000', true, 'http://[::1]:5000'],
    ['http://mlflow.internal:5000', false, 'http://mlflow.internal:5000'],
  ])('%s is taken, credentials: %s', (text, credentials, server) => {
    expect(trackingServer(text, credentials)).toBe(server)
  })

  test.each([
    ['http://mlflow.internal:5000', true],
    ['http://127.0.0.1.example.com', true],
    ['http://localhost.example.com', true],
    ['https://user:secret@mlflow.example', false],
    ['https://mlflow.example?token=x', false],
    ['sqlite:///mlflow.db', false],
    ['databricks', false],
  ])('%s is refused, credentials: %s; the message quotes nothing of it', (text, credentials) => {
    expect(() => trackingServer(text, credentials)).toThrow(
      expect.objectContaining({ code: 'MLFLOW_URL_INVALID', message: expect.not.stringContaining('secret') }),
    )
  })
})

test('names go into a query as names, whatever they hold', () => {
  expect(mlflowCall('registered-models/alias', { name: 'a&b=c d', alias: '#1' })).toBe(
    '/api/2.0/mlflow/registered-models/alias?name=a%26b%3Dc+d&alias=%231',
  )
})

describe('a version', () => {
  const version = { name: 'delays', version: '3', run_id: 'abc', status: 'READY' }

  test('has its run; numbers come as texts or as numbers', () => {
    const expected = { version: '3', runId: 'abc', status: 'READY' }
    expect(modelVersion({ model_version: version }, 'delays')).toEqual(expected)
    expect(modelVersion({ model_version: { ...version, version: 3 } }, 'delays')).toEqual(expected)
    expect(modelVersion({ model_version: { ...version, run_id: '' } }, 'delays')?.runId).toBeUndefined()
    expect(modelVersion({ model_version: { ...version, run_id: '../x' } }, 'delays')?.runId).toBeUndefined()
  })

  test('of another model, or none at all, is not taken', () => {
    expect(modelVersion({ model_version: { ...version, name: 'other' } }, 'delays')).toBeUndefined()
    expect(modelVersion({ model_version: { ...version, version: 'x' } }, 'delays')).toBeUndefined()
    expect(modelVersion({}, 'delays')).toBeUndefined()
    expect(modelVersion(undefined, 'delays')).toBeUndefined()
  })
})

test('an answer about another run is not taken', () => {
  const answer = { run: { info: { run_id: 'abc', artifact_uri: 'mlflow-artifacts:/1/abc/artifacts' } } }
  expect(runArtifacts(answer, 'abc')).toBe('mlflow-artifacts:/1/abc/artifacts')
  expect(runArtifacts(answer, 'abd')).toBeUndefined()
})

describe('an artifact', () => {
  const server = 'https://mlflow.example/base'

  test('is asked of the proxy, each part of its path by itself', () => {
    expect(artifactCall('mlflow-artifacts:/1/abc/artifacts', 'eval/50 %?.csv', server)).toBe(
      '/api/2.0/mlflow-artifacts/artifacts/1/abc/artifacts/eval/50%20%25%3F.csv',
    )
    expect(artifactCall('mlflow-artifacts://mlflow.example/1/abc', 'x.csv', server)).toMatch(
      /\/1\/abc\/x\.csv$/,
    )
  })

  test.each([
    's3://bucket/1/abc',
    'file:///mlruns/1/abc',
    '/mlruns/1',
    'mlflow-artifacts://elsewhere.example/1/abc',
    'mlflow-artifacts:/../../api/x',
    '',
  ])('that lies at %j is not', (root) => {
    expect(artifactCall(root, 'x.csv', server)).toBeUndefined()
  })

  test('is found in a listing, or on its next page', () => {
    const files = [
      { path: 'eval/x.csv', is_dir: false, file_size: '12' },
      { path: 'eval/more', is_dir: true },
    ]
    expect(listedFile({ files }, 'eval/x.csv')).toEqual({ state: 'file', bytes: 12 })
    expect(listedFile({ files }, 'eval/more')).toEqual({ state: 'folder' })
    expect(listedFile({ files, next_page_token: 't' }, 'x')).toEqual({ state: 'absent', nextPage: 't' })
    expect(listedFile({ root_uri: 'x' }, 'x')).toEqual({ state: 'absent', nextPage: undefined })
  })
})

test('what a server says of a fault is shortened, and has no line of its own', () => {
  expect(mlflowFault({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'a\n::error::b' })).toBe(
    'RESOURCE_DOES_NOT_EXIST: a ::error::b',
  )
  expect(mlflowFault({ message: 'x'.repeat(5000) }).length).toBeLessThan(250)
  expect(mlflowFault('<html>')).toBe('')
})
