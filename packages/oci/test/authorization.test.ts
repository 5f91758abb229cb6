import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseChallenges } from '../src/client/challenge.js'
import { apiOrigin, checkTarget } from '../src/client/hosts.js'
import { nextPage } from '../src/client/link.js'
import { dockerCredentials, passwordFor } from '../src/index.js'
import { temporaryFolder } from './content.js'

describe('a challenge', () => {
  test.each([
    ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    [
      'Bearer realm="https://a/token",service="s",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: { realm: 'https://a/token', service: 's', scope: 'repository:a/b:pull,push' },
        },
      ],
    ],
    [
      'Basic realm="a, b", Bearer realm=https://a/token , service="q\\"q"',
      [
        { scheme: 'basic', parameters: { realm: 'a, b' } },
        { scheme: 'bearer', parameters: { realm: 'https://a/token', service: 'q"q' } },
      ],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x' } },
      ],
    ],
    ['', []],
    ['"', []],
  ])('%s', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected)
  })

  test('that is made to be slow is read in time', () => {
    const started = Date.now()
    parseChallenges(`Bearer a=${'/'.repeat(8000)}"`)
    parseChallenges(`Bearer a="${'\\'.repeat(8000)}`)
    parseChallenges(`Bearer a=${'a:'.repeat(4000)}"`)
    expect(Date.now() - started).toBeLessThan(1000)
  })
})

describe('where a registry is', () => {
  test.each([
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['localhost:5000', 'http://localhost:5000'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['127.evil.example', 'https://127.evil.example'],
    ['ghcr.io', 'https://ghcr.io'],
    ['10.0.0.1:5000', 'https://10.0.0.1:5000'],
    ['docker.io', 'https://registry-1.docker.io'],
    ['inner.example:5000', 'http://inner.example:5000'],
  ])('%s is %s', (host, origin) => {
    expect(apiOrigin(host, ['inner.example:5000'])).toBe(origin)
  })

  test.each([
    ['https://ghcr.io', 'http://ghcr.io/token'],
    ['https://ghcr.io', 'https://169.254.169.254/latest'],
    ['https://ghcr.io', 'https://127.0.0.1/token'],
    ['https://ghcr.io', 'https://[::1]/token'],
    ['https://ghcr.io', 'https://[::ffff:127.0.0.1]/token'],
    ['https://ghcr.io', 'https://192.168.1.1/token'],
    ['https://ghcr.io', 'https://2130706433/token'],
    ['https://ghcr.io', 'file:///etc/passwd'],
    ['https://ghcr.io', 'https://user:password@storage.example/x'],
    ['http://127.0.0.1:5000', 'http://elsewhere.example/x'],
  ])('%s may not send the client to %s', (registry, target) => {
    expect(() => checkTarget(new URL(registry), new URL(target))).toThrow(
      expect.objectContaining({ code: 'OCI_REDIRECT_REFUSED' }),
    )
  })

  test.each([
    ['https://ghcr.io', 'https://storage.example/x'],
    ['https://10.0.0.1', 'https://10.0.0.2/x'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:6000/x'],
    ['http://127.0.0.1:5000', 'https://storage.example/x'],
  ])('%s may send the client to %s', (registry, target) => {
    expect(() => checkTarget(new URL(registry), new URL(target))).not.toThrow()
  })
})

test('the next page is found among links', () => {
  const here = new URL('https://a.example/v2/x/tags/list')
  expect(nextPage('</v2/x/tags/list?last=b&n=2>; rel="next"', here)?.href).toBe(
    'https://a.example/v2/x/tags/list?last=b&n=2',
  )
  expect(nextPage('<a>; rel="prev", <c?n=1>; rel=next', here)?.href).toBe('https://a.example/v2/x/tags/c?n=1')
  expect(nextPage('<a>; rel="prev"', here)).toBeUndefined()
  expect(nextPage(null, here)).toBeUndefined()
})

describe('credentials', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  async function source(config: unknown, runHelper?: Parameters<typeof dockerCredentials>[0]['runHelper']) {
    const folder = await temporaryFolder()
    await writeFile(
      join(folder.path, 'config.json'),
      typeof config === 'string' ? config : JSON.stringify(config),
    )
    const find = dockerCredentials({
      variable: (name) => (name === 'DOCKER_CONFIG' ? folder.path : undefined),
      ...(runHelper === undefined ? {} : { runHelper }),
    })
    return { find, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
  }

  test('come from the docker configuration, for that host only', async () => {
    await using config = await source({
      auths: {
        'ghcr.io': { auth: base64('ada:pa:ss') },
        'https://index.docker.io/v1/': { auth: base64('hub:x') },
      },
    })
    expect(await config.find('ghcr.io', 'a/b')).toEqual({
      kind: 'password',
      username: 'ada',
      password: 'pa:ss',
    })
    expect(await config.find('docker.io', 'library/x')).toMatchObject({ username: 'hub' })
    for (const host of ['xghcr.io', 'ghcr.io.evil.example', 'ghcr.io:444', 'evil.example', 'constructor']) {
      expect(await config.find(host, 'a/b')).toBeUndefined()
    }
  })

  test('may be tokens, and may be filed under a namespace', async () => {
    await using config = await source({
      auths: {
        'a.example': { identitytoken: 'refresh' },
        'b.example': { registrytoken: 'bearer' },
        'c.example/team': { auth: base64('team:x') },
        'c.example': { auth: base64('all:x') },
      },
    })
    expect(await config.find('a.example', 'x')).toEqual({ kind: 'identity-token', token: 'refresh' })
    expect(await config.find('b.example', 'x')).toEqual({ kind: 'registry-token', token: 'bearer' })
    expect(await config.find('c.example', 'team/x')).toMatchObject({ username: 'team' })
    expect(await config.find('c.example', 'teamwork/x')).toMatchObject({ username: 'all' })
  })

  test('in a helper are fetched only where that is allowed', async () => {
    const config = { credHelpers: { 'a.example': 'ecr-login' } }
    await using told = await source(config)
    expect(await told.find('a.example', 'x')).toEqual({ kind: 'helper', helper: 'ecr-login' })
    await using allowed = await source(config, async (helper, host) => ({ username: helper, secret: host }))
    expect(await allowed.find('a.example', 'x')).toEqual({
      kind: 'password',
      username: 'ecr-login',
      password: 'a.example',
    })
    await using odd = await source({ credsStore: '../../bin/sh' }, async () => ({ username: '', secret: '' }))
    await expect(odd.find('a.example', 'x')).rejects.toMatchObject({ code: 'OCI_CREDENTIALS_INVALID' })
  })

  test('in a broken file are an error that does not quote the file', async () => {
    await using config = await source('{"auths": secret')
    const error = await config.find('a.example', 'x').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'OCI_CREDENTIALS_INVALID' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret')
  })

  test('are looked for in podman’s file too, and may be absent', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'containers'))
    await writeFile(
      join(folder.path, 'containers/auth.json'),
      JSON.stringify({ auths: { 'a.example': { auth: base64('pod:x') } } }),
    )
    const find = dockerCredentials({
      variable: (name) => ({ HOME: '/nowhere', XDG_RUNTIME_DIR: folder.path })[name],
    })
    expect(await find('a.example', 'x')).toMatchObject({ username: 'pod' })
    expect(await dockerCredentials({ variable: () => undefined })('a.example', 'x')).toBeUndefined()
    expect(await passwordFor('a.example', 'ada', 'x')('b.example', 'x')).toBeUndefined()
  })
})
