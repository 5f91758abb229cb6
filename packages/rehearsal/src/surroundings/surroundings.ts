import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiOrigin, type Holders, type OpenOptions, type RunningRegistry, startRegistry } from '@sluice/oci'
import type { TrustedIssuer } from '../sigstore/identity.js'
import { startSigstore } from '../sigstore/start-sigstore.js'
import { Anchors } from './anchors.js'
import { bundleWith, certify } from './certificate.js'
import {
  CONFIGURATION_NOTE,
  type ConfigurationNote,
  type Setting,
  TRUSTED_ROOT,
} from './configuration-note.js'
import { startGateway } from './gateway.js'
import { type SeededImage, seed } from './images.js'
import { beside, type Environment } from './upstream.js'

/** What of a rehearsal's surroundings may be left as it is. */
export type Real = 'registry' | 'sigstore'

/** The public Sigstore: https://docs.sigstore.dev. */
const SIGSTORE_HOSTS = ['fulcio', 'rekor', 'timestamp', 'oauth2', 'tuf-repo-cdn'].map(
  (name) => `${name}.sigstore.dev`,
)

/** GitHub's registry, where `packages` of a job's token counts. */
const GITHUB_REGISTRY = 'ghcr.io'

export interface SurroundingsOptions {
  /** What later rehearsals need: content of registries, and what is public of earlier Sigstores. */
  readonly state: string
  /** Removed with the run. */
  readonly temporary: string
  /** Hosts whose registries are stood in for, besides GitHub's own. */
  readonly registries: readonly string[]
  readonly images?: readonly SeededImage[]
  readonly real?: readonly Real[]
  /** Values that each job's copy of sluice.yaml is to have, where it has their section. */
  readonly set?: readonly Setting[]
  readonly issuer: TrustedIssuer
  /** Who may use GitHub's registry. */
  readonly holders: Extract<Holders, { allowed: unknown }>
  /** The way out that this machine has. */
  readonly env?: Environment
  readonly say?: (line: string) => void
}

/** A Sigstore and registries on this machine, and the way that leads jobs there. */
export interface Surroundings extends AsyncDisposable {
  /** For every job. Those that begin with REHEARSAL_ are the rehearsal's own, which no step sees. */
  readonly variables: Readonly<Record<string, string>>
  /** `host:port` on loopback by the host that it stands in for. */
  readonly registries: ReadonlyMap<string, string>
  /** Opens the registries from outside of jobs, with all rights. */
  readonly access: OpenOptions
}

/**
 * Starts what is not `real`, on free ports of loopback. Jobs find registries under their own names: HTTPS_PROXY leads
 * them to a gateway that answers for these hosts, by a certificate that only jobs of this run believe
 * (docs/decisions/0073). Only one at a time may use a `state` folder.
 */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { real = [], say = () => {}, state, temporary } = options
  await using stack = new AsyncDisposableStack()
  const variables: Record<string, string> = {}
  const password = crypto.randomUUID()
  const access: OpenOptions = {
    fetch,
    credentials: async () => ({ kind: 'password', username: 'rehearsal', password }),
  }
  const registries = new Map<string, string>()
  if (!real.includes('registry')) {
    const hosts = [...options.registries, ...(options.images ?? []).map(({ host }) => host)]
    for (const host of new Set([GITHUB_REGISTRY, ...hosts])) {
      if (isLoopback(host)) continue
      registries.set(host, stack.use(await startOne(host, state, options.holders, password)).host)
    }
    for (const image of options.images ?? []) {
      await seed(image, registries.get(image.host) ?? image.host, access)
      const tag = image.tag === undefined ? '' : `, tagged ${image.tag}`
      say(`${image.name}@${image.digest} is in the registry${tag}.`)
    }
    const names = [...registries.keys()].join(', ')
    say(
      `Registries on this machine: ${names}. An image comes there by --image; what they hold is in ${state}.`,
    )
  }
  const note = await configurationOf(options, stack)
  if (note !== undefined) {
    const file = join(temporary, 'configuration.json')
    await mkdir(temporary, { recursive: true })
    await writeFile(file, JSON.stringify(note))
    variables[CONFIGURATION_NOTE] = file
    say(
      'In the copy that a job checks out, and nowhere else, every sluice.yaml, made where the top has none, has:',
    )
    for (const [key, value] of Object.entries(note.signing)) say(`  signing.${key}: ${value}`)
    for (const { path, value } of note.set) say(`  ${path.join('.')}: ${JSON.stringify(value)}`)
  }
  if (!(real.includes('registry') && real.includes('sigstore')))
    Object.assign(variables, await lead(options, registries, stack))
  const running = stack.move()
  return { variables, registries, access, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Starts the Sigstore unless it is real, and says what a job's configuration is to be. */
async function configurationOf(
  { issuer, real = [], set = [], state }: SurroundingsOptions,
  stack: AsyncDisposableStack,
): Promise<ConfigurationNote | undefined> {
  if (real.includes('sigstore')) return set.length > 0 ? { signing: {}, set } : undefined
  const anchors = new Anchors(join(state, 'sigstore'))
  let current = ''
  const sigstore = stack.use(await startSigstore({ issuer, beforeFirst: () => anchors.remember(current) }))
  current = sigstore.trustedRoot
  const { fulcioUrl, rekorUrl, tsaUrl } = sigstore
  return {
    signing: { fulcioUrl, rekorUrl, tsaUrl, trustedRoot: TRUSTED_ROOT },
    set,
    trustedRoot: await anchors.with(current),
  }
}

async function startOne(
  host: string,
  state: string,
  { allowed }: SurroundingsOptions['holders'],
  password: string,
): Promise<RunningRegistry> {
  const folder = join(state, 'registries', encodeURIComponent(host))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const all = ['pull', 'push', 'delete'] as const
  const holders: Holders = { allowed: (user, given) => (given === password ? all : allowed(user, given)) }
  // What another registry's passwords are worth, nobody here knows.
  return await startRegistry({ folder, ...(host === GITHUB_REGISTRY ? { token: holders } : {}) })
}

/** The gateway, and the variables by which curl, Node and whatever else uses a proxy go through it. */
async function lead(
  options: SurroundingsOptions,
  registries: ReadonlyMap<string, string>,
  stack: AsyncDisposableStack,
): Promise<Readonly<Record<string, string>>> {
  const { env = process.env, real = [], say = () => {}, temporary } = options
  // By the addresses that clients ask: Docker Hub's is not its name, and 443 is not said.
  const addresses = [...registries].map(([host, at]) => [new URL(apiOrigin(host, [])), at] as const)
  const answered = new Map(addresses.map(([{ host }, at]) => [host, new URL(`http://${at}`)]))
  const names = [...new Set(addresses.map(([{ hostname }]) => hostname.replace(/^\[|\]$/g, '')))]
  const certified = await certify(names)
  const gateway = stack.use(
    await startGateway({
      answered,
      refused: (host) => !real.includes('sigstore') && /(^|\.)sigstore\.dev$/.test(host.replace(/:\d+$/, '')),
      certified,
      env,
      say,
    }),
  )
  await mkdir(temporary, { recursive: true })
  const bundle = join(temporary, 'authorities.pem')
  await writeFile(bundle, bundleWith(certified.authority))
  return {
    ...beside(gateway.url, [...names, ...SIGSTORE_HOSTS], env),
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: bundle,
    SSL_CERT_FILE: bundle,
    CURL_CA_BUNDLE: bundle,
  }
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host)
}
