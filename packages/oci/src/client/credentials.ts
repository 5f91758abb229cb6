import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'

/** What a registry may be shown. `helper` says that credentials exist, but only a program would tell them. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string }
  | { readonly kind: 'helper'; readonly helper: string }

/** Credentials for one repository, or undefined for anonymous access. */
export type CredentialSource = (host: string, repository: string) => Promise<Credentials | undefined>

export interface DockerCredentialOptions {
  /** A named variable of the environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, HOME. */
  readonly variable: (name: string) => string | undefined
  /**
   * Runs `docker-credential-<helper> get` for a host. Without it no helper is ever executed: a
   * configuration file would otherwise choose a program to run.
   */
  readonly runHelper?: (
    helper: string,
    host: string,
  ) => Promise<{ readonly username: string; readonly secret: string } | undefined>
}

const LIMIT = 1024 * 1024

/** The keys under which Docker files Docker Hub; matched exactly, so that no look-alike gets them. */
const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io']

interface ConfigFile {
  readonly auths?: Readonly<
    Record<
      string,
      {
        readonly auth?: string
        readonly username?: string
        readonly password?: string
        readonly identitytoken?: string
        readonly registrytoken?: string
      }
    >
  >
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly credsStore?: string
}

/** A fixed user name and password for every repository of one host. */
export function passwordFor(host: string, username: string, password: string): CredentialSource {
  return async (asked) => (asked === host ? { kind: 'password', username, password } : undefined)
}

/**
 * Credentials as `docker login` and `podman login` leave them: the first file that names the host.
 * @throws SluiceError OCI_CREDENTIALS_INVALID when a file is not JSON of that form
 */
export function dockerCredentials(options: DockerCredentialOptions): CredentialSource {
  let loaded: Promise<ConfigFile[]> | undefined
  return async (host, repository) => {
    loaded ??= Promise.all(files(options.variable).map(load))
    for (const file of await loaded) {
      const found = await find(file, host, repository, options)
      if (found !== undefined) return found
    }
    return undefined
  }
}

async function find(
  file: ConfigFile,
  host: string,
  repository: string,
  options: DockerCredentialOptions,
): Promise<Credentials | undefined> {
  const keys = keysFor(host, repository)
  const helper = keys.map((key) => own(file.credHelpers, key)).find((name) => typeof name === 'string')
  if (helper !== undefined) return await askHelper(helper, host, options)
  for (const key of keys) {
    const entry = own(file.auths, key)
    if (entry === undefined || entry === null) continue
    if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '')
      return { kind: 'identity-token', token: entry.identitytoken }
    if (typeof entry.registrytoken === 'string' && entry.registrytoken !== '')
      return { kind: 'registry-token', token: entry.registrytoken }
    const password = passwordOf(entry)
    if (password !== undefined) return password
  }
  return file.credsStore === undefined ? undefined : await askHelper(file.credsStore, host, options)
}

async function askHelper(
  helper: string,
  host: string,
  options: DockerCredentialOptions,
): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9._-]+$/.test(helper))
    throw invalid('it names a credential helper that is not a plain program name')
  if (options.runHelper === undefined) return { kind: 'helper', helper }
  const answer = await options.runHelper(helper, host === 'docker.io' ? HUB_KEYS[0]! : host)
  if (answer === undefined) return undefined
  // Docker's convention for helpers that hand out an identity token instead of a password.
  if (answer.username === '<token>') return { kind: 'identity-token', token: answer.secret }
  return { kind: 'password', username: answer.username, password: answer.secret }
}

function passwordOf(entry: {
  readonly auth?: string
  readonly username?: string
  readonly password?: string
}): Credentials | undefined {
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon === -1) throw invalid('an "auth" in it is not base64 of user:password')
    return {
      kind: 'password',
      username: text.slice(0, colon),
      password: text.slice(colon + 1).replace(/\0+$/, ''),
    }
  }
  if (typeof entry.username !== 'string' || entry.username === '' || typeof entry.password !== 'string')
    return undefined
  return { kind: 'password', username: entry.username, password: entry.password }
}

/** Most specific first: podman files credentials under `host/namespace` too. */
function keysFor(host: string, repository: string): string[] {
  if (host === 'docker.io') return HUB_KEYS
  const parts = repository.split('/')
  const scoped = parts.map((_, index) => [host, ...parts.slice(0, parts.length - index)].join('/'))
  return [
    ...scoped,
    host,
    `https://${host}`,
    `https://${host}/`,
    `https://${host}/v1/`,
    `https://${host}/v2/`,
    `http://${host}`,
  ]
}

function files(variable: (name: string) => string | undefined): string[] {
  const docker =
    variable('DOCKER_CONFIG') ??
    (variable('HOME') === undefined ? undefined : join(variable('HOME')!, '.docker'))
  const runtime = variable('XDG_RUNTIME_DIR')
  const candidates = [
    docker === undefined ? undefined : join(docker, 'config.json'),
    variable('REGISTRY_AUTH_FILE'),
    runtime === undefined ? undefined : join(runtime, 'containers', 'auth.json'),
  ]
  return candidates.filter((file) => file !== undefined)
}

async function load(file: string): Promise<ConfigFile> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return {}
    throw invalid(`${file} cannot be read`, cause)
  }
  if (text.length > LIMIT) throw invalid(`${file} is over ${LIMIT} bytes`)
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as ConfigFile
  } catch {
    // The parser's own message would quote the file, and with it a password.
  }
  throw invalid(`${file} is not a JSON object`)
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && record !== null && Object.hasOwn(record, key) ? record[key] : undefined
}

function invalid(why: string, cause?: unknown): SluiceError {
  return new SluiceError('OCI_CREDENTIALS_INVALID', `The registry credentials cannot be used: ${why}.`, {
    cause,
    remedy: 'Log in again with `docker login`, or point DOCKER_CONFIG at a folder with a valid config.json.',
  })
}
