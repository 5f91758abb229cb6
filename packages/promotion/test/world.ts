import { referrersStore, signStatement } from '@sluice/evidence'
import {
  openRepository,
  type Repository,
  type RunningRegistry,
  startRegistry,
  writeArtifact,
} from '@sluice/oci'
import { type Statement, testResultStatement, type Verdict } from '@sluice/verdict'
import { type Party, party } from './keys.js'

/** A registry with a small model in `build/model`, keys, and the files of a repository that promotes it. */
export interface World extends AsyncDisposable {
  readonly registry: RunningRegistry
  /** Signs evidence and records; `stranger` is trusted by nobody. */
  readonly release: Party
  readonly stranger: Party
  readonly files: Readonly<Record<string, string>>
  repository(name: string): Promise<Repository>
  /** Pushes a model and returns its digest. */
  push(content: string, tag?: string): Promise<string>
  /** Signs a pin-check result about a digest and stores it in `build/model`. */
  attest(digest: string, options?: Attest): Promise<void>
}

interface Attest {
  readonly verdict?: Verdict
  readonly by?: Party
  readonly signedOn?: string
  readonly check?: string
}

/** 2026-03-03, the day of the tests' clock. */
const SIGNED_ON = '2026-03-03T11:00:00Z'

export async function world(
  options: {
    readonly folder?: string
    readonly signedOn?: string
    /** Leaves the ledgers to be in the target repositories instead of a folder. */
    readonly ledgerInRegistry?: boolean
    /** `host:port` of another registry for the environments; models are still built into the embedded one. */
    readonly targets?: string
  } = {},
): Promise<World> {
  const registry = await startRegistry(options.folder === undefined ? {} : { folder: options.folder })
  const release = party()
  const stranger = party()
  const repository = (name: string) => openRepository(`${registry.host}/${name}`, { fetch: globalThis.fetch })
  return {
    registry,
    release,
    stranger,
    files: {
      'sluice.yaml': configuration(
        options.targets ?? registry.host,
        options.ledgerInRegistry ? '' : '    ledger: ledger\n',
      ),
      'keys/release.pub.pem': release.publicPem,
      'release.pem': release.privatePem,
      'stranger.pem': stranger.privatePem,
    },
    repository,
    async push(content, tag = 'candidate') {
      const layer = { mediaType: 'application/vnd.cncf.model.weight.v1.raw', content: Buffer.from(content) }
      const spec = { artifactType: 'application/vnd.cncf.model.manifest.v1+json', layers: [layer], tag }
      return (await writeArtifact(await repository('build/model'), spec)).digest
    },
    async attest(
      digest,
      { verdict = 'pass', by = release, signedOn = options.signedOn ?? SIGNED_ON, check = 'pin-check' } = {},
    ) {
      const statement = timed(
        testResultStatement({ name: 'model', digest }, { check, verdict, configuration: [] }),
        signedOn,
      )
      await referrersStore(await repository('build/model')).put(
        digest,
        await signStatement(statement, by.signer),
      )
    },
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  }
}

function timed(statement: Statement, signedOn: string): Statement {
  const [own] = statement.predicate['configuration'] as [{ annotations: object }]
  const configuration = [{ ...own, annotations: { ...own.annotations, signedOn } }]
  return { ...statement, predicate: { ...statement.predicate, configuration } }
}

function configuration(host: string, ledger: string): string {
  const environment = (name: string, before: string | undefined) => `  ${name}:
    target: ${host}/${name}/model
${before === undefined ? '' : `    promotesFrom: ${before}\n`}${ledger}    recordsSignedBy: [{ key: keys/release.pub.pem }]
    requires:
      - { predicate: test-result, check: pin-check, signedBy: { key: keys/release.pub.pem }, maxAge: 7d }
`
  return `environments:\n${environment('dev', undefined)}${environment('staging', 'dev')}${environment('prod', 'staging')}`
}
