import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { EngineFetch } from '../server/options.js'
import { readNpmArchive } from './npm-archive.js'
import { DUCKDB_VERSION, type PinnedPackage, packagesFor } from './packages.js'

/** Of one archive as it comes, and of all that is in it. */
const ARCHIVE = 64 * 1024 * 1024
const UNPACKED = 256 * 1024 * 1024

export interface DuckDbSource {
  readonly fetch: EngineFetch
  /** Where packages are kept from run to run; believed as every tool in it is. */
  readonly cache: string
  /** Address of an npm registry or a mirror of it, without credentials. */
  readonly registry: string
  /** As `platformOf`. */
  readonly platform: string
}

/** `linux-x64`, with `-musl` where the C library is another one. */
export function platformOf({ arch, platform, report }: NodeJS.Process): string {
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  const musl = platform === 'linux' && header?.glibcVersionRuntime === undefined
  return `${platform}-${arch}${musl ? '-musl' : ''}`
}

/**
 * The folder with DuckDB's client, which is fetched where it is not there yet: 24 MB, 70 MB unpacked, and so never a part
 * of the bundle. Every archive is held against the digest that stands in the code before a byte of it is unpacked, and
 * the folder appears whole or not at all.
 * @throws SluiceError ENGINE_PLATFORM_UNSUPPORTED, ENGINE_DOWNLOAD_FAILED, ENGINE_DIGEST_MISMATCH
 */
export async function fetchDuckDb(source: DuckDbSource): Promise<string> {
  const packages = packagesFor(source.platform)
  if (packages === undefined)
    throw new SluiceError('ENGINE_PLATFORM_UNSUPPORTED', `DuckDB is not built for ${source.platform}.`, {
      remedy: 'Set `engine: in-process`, or run the gate on Linux, macOS or Windows on x64 or arm64.',
    })
  const folder = join(source.cache, 'duckdb', `${DUCKDB_VERSION}-${source.platform}`)
  if (await isThere(folder)) return folder
  await mkdir(dirname(folder), { recursive: true })
  const partial = await mkdtemp(`${folder}.`)
  try {
    for (const one of packages) await unpack(one, source, join(partial, 'node_modules', one.name))
    await rename(partial, folder)
  } catch (error) {
    // Another run may have been first; its folder is as good.
    if (!(await isThere(folder))) throw error
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return folder
}

async function unpack(one: PinnedPackage, source: DuckDbSource, folder: string): Promise<void> {
  const archive = await download(one, source)
  for (const { path, bytes } of filesOf(one, archive)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes, { flag: 'wx' })
  }
}

async function download(one: PinnedPackage, source: DuckDbSource): Promise<Uint8Array> {
  const archive = await received(one, source)
  const found = createHash('sha512').update(archive).digest()
  const expected = Buffer.from(one.integrity.slice('sha512-'.length), 'base64')
  if (found.length === expected.length && timingSafeEqual(found, expected)) return archive
  throw new SluiceError(
    'ENGINE_DIGEST_MISMATCH',
    `${one.name} ${one.version} from the npm registry has the digest sha512-${found.toString('base64')}; expected ${one.integrity}.`,
    {
      remedy:
        'Nothing of it was used. Find out who answers for the registry (`npm_config_registry`, a proxy); a mirror must hand on the archive as it was published.',
      kind: 'refused',
    },
  )
}

async function received(one: PinnedPackage, { fetch, registry }: DuckDbSource): Promise<Buffer> {
  const base = URL.canParse(registry) ? new URL(registry) : undefined
  // Neither is repeated: an address with a log-in in it is a secret.
  if (base === undefined || base.username !== '' || base.password !== '')
    throw failed(one, 'the registry is no address, or has a log-in in it')
  const unreachable = (cause: unknown) => failed(one, `${base.host} cannot be reached, or broke off`, cause)
  const file = `${one.name.replace(/^@.*\//, '')}-${one.version}.tgz`
  const url = `${registry.replace(/\/+$/, '')}/${one.name}/-/${file}`
  const response = await fetch(url).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  if (!response.ok) throw failed(one, `the registry answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength
      if (size > ARCHIVE) break
      chunks.push(chunk)
    }
  } catch (cause) {
    throw unreachable(cause)
  }
  if (size > ARCHIVE) throw failed(one, `it has more than ${ARCHIVE} bytes`)
  return Buffer.concat(chunks)
}

function filesOf(one: PinnedPackage, archive: Uint8Array): ReturnType<typeof readNpmArchive> {
  try {
    return readNpmArchive(archive, UNPACKED)
  } catch (cause) {
    throw failed(one, cause instanceof Error ? cause.message : 'it cannot be read', cause)
  }
}

function failed({ name, version }: PinnedPackage, found: string, cause?: unknown): SluiceError {
  return new SluiceError('ENGINE_DOWNLOAD_FAILED', `${name} ${version} could not be fetched: ${found}.`, {
    remedy:
      'Let the runner reach the npm registry, or set `npm_config_registry` to a mirror without log-in; without either set `engine: in-process`.',
    kind: 'surroundings',
    cause,
  })
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
