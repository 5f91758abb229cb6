import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { referrersStore } from '@sluice/evidence'
import { openRepository, writeArtifact } from '@sluice/oci'
import { type TestContext, testContext } from '@sluice/toolkit/testing'
import type { Authority } from './authority.js'
import { KEYS, pair } from './keys.js'
import type { Trust } from './matrix.js'
import type { OpensslTsa } from './openssl-tsa.js'
import { type Program, runProgram } from './peers.js'
import type { PrivateSigstore } from './private-sigstore.js'
import { ownRoot } from './trusted-root.js'

export const PROVENANCE = 'https://slsa.dev/provenance/v1'

/** A model in whose names the reference and the specification order differently. */
const MODEL = {
  'model/a/b': '1',
  'model/a/c/d': '2',
  'model/a b': '3',
  'model/a-b': '4',
  'model/a.txt': '5',
  'model/ab': '',
  'model/größe.bin': '6',
  'model/.gitattributes': 'ignored by all',
}

/** What a verifier is asked; the bad cases ask for something else. */
export interface Asked {
  readonly trust: Trust
  /** The directory or the file, in the place. */
  readonly path: string
  /** `registry/repository@sha256:…` */
  readonly image: string
  /** A public key. */
  readonly key: string
  readonly identity: string
  /** Certificates of the own authority, PEM. */
  readonly authority: string
  /** Names of files: TrustedRoot, and the client's configuration with the same root. */
  readonly root: string
  readonly trustConfig: string
  /** Where the bundle is, of what is in no registry. */
  readonly bundle: string
}

/** A folder in which things are signed and verified, and what is around it. */
export interface Place extends AsyncDisposable {
  readonly context: TestContext
  readonly sigstore: PrivateSigstore
  readonly pki: Surroundings['pki']
  readonly folder: string
  /** An image of the place, and another. */
  readonly images: readonly [string, string]
  /** Hangs the evidence of the first image on the second too. */
  misplaceEvidence(): Promise<void>
  run(program: Program, ...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>
}

export interface Surroundings {
  readonly sigstore: PrivateSigstore
  readonly registry: string
  /** TrustedRoot of another Sigstore at the same addresses. */
  readonly otherRoot: string
  /** An own PKI, and an authority that is not of it. */
  readonly pki: { readonly authority: Authority; readonly other: Authority; readonly tsa: OpensslTsa }
}

/** Whom the certificate of the own PKI names. */
export const RELEASE = 'https://acme.example/release'

/** Each place has a repository of its own. */
let count = 0

export async function openPlace({ sigstore, registry, otherRoot, pki }: Surroundings): Promise<Place> {
  const trustConfig = (root: string) =>
    JSON.stringify({ ...JSON.parse(sigstore.trustConfig), trustedRoot: JSON.parse(root) })
  const token = await sigstore.identityToken()
  const leaf = await pki.authority.issue('/O=Acme/CN=release', [
    'extendedKeyUsage=codeSigning',
    'keyUsage=critical,digitalSignature',
    `subjectAltName=URI:${RELEASE}`,
  ])
  const context = await testContext({
    files: {
      ...MODEL,
      ...keys(),
      'model.bin': 'weights',
      'predicate.json': JSON.stringify(predicate(sigstore.identity)),
      'root.json': sigstore.trustedRoot,
      'other-root.json': otherRoot,
      // `gh` reads several roots, one a line.
      'root.jsonl': `${JSON.stringify(JSON.parse(sigstore.trustedRoot))}\n`,
      'other-root.jsonl': `${JSON.stringify(JSON.parse(otherRoot))}\n`,
      'trust.json': sigstore.trustConfig,
      'other-trust.json': trustConfig(otherRoot),
      'signing-config.json': sigstore.signingConfig,
      'no-services.json': servicesWith({}),
      'time-services.json': servicesWith({ tsaUrls: [ofNow(pki.tsa.url)], tsaConfig: { selector: 'ANY' } }),
      'leaf.pem': leaf.key,
      'leaf.crt': leaf.certificate,
      'authority.crt': pki.authority.certificate,
      'other-authority.crt': pki.other.certificate,
      'tsa.crt': pki.tsa.chain,
      'authority.json': ownRoot({ authority: pki.authority.certificate, timestamps: pki.tsa.chain }),
      'other-authority.json': ownRoot({ authority: pki.other.certificate, timestamps: pki.tsa.chain }),
      'token.jwt': token,
    },
    now: new Date().toISOString(),
    fetch,
    identityToken: async () => token,
  })
  const folder = context.workspace.root
  const name = `${registry}/place-${++count}/model`
  const repository = await openRepository(name, { fetch })
  const image = async (type: string) => {
    const { digest } = await writeArtifact(repository, { artifactType: type, layers: [] })
    return `${name}@${digest}`
  }
  const images = [
    await image('application/vnd.example.model'),
    await image('application/vnd.example.other'),
  ] as const
  return {
    context,
    sigstore,
    pki,
    folder,
    images,
    async misplaceEvidence() {
      const store = referrersStore(repository)
      const [own, other] = images.map((each) => each.slice(each.indexOf('@') + 1)) as [string, string]
      for (const { bytes } of await store.list(own))
        await store.put(other, JSON.parse(Buffer.from(bytes).toString()))
    },
    run: (program, ...args) => runProgram(program, args, folder),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

/** Writes a file of a place over. */
export async function write(place: Place, path: string, data: string): Promise<void> {
  await mkdir(dirname(join(place.folder, path)), { recursive: true })
  await writeFile(join(place.folder, path), data)
}

/** A SigningConfig of an own PKI; it names no log. */
function servicesWith(services: object): string {
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    rekorTlogConfig: {},
    tsaConfig: {},
    ...services,
  })
}

function ofNow(url: string) {
  return { url, majorApiVersion: 1, validFor: { start: '2020-01-01T00:00:00Z' }, operator: 'own' }
}

/** Provenance as the strictest reader of it (sigstore-python) takes it, of the builder that the certificate names. */
function predicate(builder: string) {
  return {
    buildDefinition: { buildType: 'https://example.com/interop/v1', externalParameters: {} },
    runDetails: { builder: { id: builder } },
  }
}

/** A pair of each kind, `<kind>.pem` and `<kind>.pub`, and another, `<kind>.other.pub`. */
function keys(): Record<string, string> {
  return Object.assign({}, ...KEYS.flatMap((kind) => [pair(kind), pair(kind, `${kind}.other`)]))
}
