import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type RegistryOptions, startRegistry } from '@sluice/oci'
import { describe, expect, test } from 'vitest'

const peers = process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers')
const suite = join(peers, 'bin/oci-conformance')
const run = promisify(execFile)

interface Report {
  /** Names of the cases that ran, by how they ended. */
  readonly passed: readonly string[]
  readonly skipped: readonly string[]
  readonly other: readonly string[]
}

/** Runs the suite of distribution-spec 1.1 against a registry; what is optional and off by default is turned on where the registry has it. */
async function conformance(host: string): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-conformance-'))
  try {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      OCI_VERSION: '1.1',
      OCI_REGISTRY: host,
      OCI_TLS: 'disabled',
      OCI_RESULTS_DIR: folder,
      OCI_API_BLOBS_DIGEST_HEADER: 'true',
      OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
      OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
    }
    // It exits with 1 when a case fails; the report says which.
    await run(suite, [], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }).catch(() => undefined)
    return read(await readFile(join(folder, 'junit.xml'), 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function read(junit: string): Report {
  const cases = [...junit.matchAll(/<testcase name="([^"]+)"[^>]*status="(\w+)"/g)].map(
    ([, name = '', status = '']) => ({ name, status }),
  )
  const named = (wanted: (status: string) => boolean) =>
    cases.filter(({ status }) => wanted(status)).map(({ name }) => name)
  return {
    passed: named((status) => status === 'passed'),
    skipped: named((status) => status === 'skipped'),
    other: named((status) => !['passed', 'skipped', 'disabled'].includes(status)),
  }
}

/** What must have run of each part of the specification, so that an empty report is no success. */
const PARTS: Record<string, RegExp> = {
  pull: /\/pull\/|\/(blob|manifest)-get/,
  push: /\/push\/|\/blob-(post|patch|put|mount)/,
  'content discovery': /tag-list|tag list|referrers/,
  'content management': /delete/,
}

async function holds(options: RegistryOptions): Promise<void> {
  await using registry = await startRegistry(options)
  const report = await conformance(registry.host)
  expect(report.other).toEqual([])
  for (const part of Object.values(PARTS)) {
    expect(report.passed.filter((name) => part.test(name)).length).toBeGreaterThan(10)
  }
  expect(report.passed.length).toBeGreaterThan(500)
  // A mount that names no source may be answered with an upload, and is: blobs are found by repository alone.
  expect(report.skipped.filter((name) => !name.includes('mount anonymous'))).toEqual([])
}

describe.skipIf(!existsSync(suite))('conformance suite of distribution-spec 1.1', () => {
  test('the embedded registry passes it in memory', () => holds({}))

  test('the embedded registry passes it on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'))
    try {
      await holds({ folder })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a server that is no registry fails it', async () => {
    const { createServer } = await import('node:http')
    const server = createServer((_request, response) => response.writeHead(200).end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    try {
      expect((await conformance(`127.0.0.1:${port}`)).other.length).toBeGreaterThan(10)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
