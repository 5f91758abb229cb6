import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRegistry } from '@sluice/oci'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { authorityOf } from './authority.js'
import { type Artifact, cellOf, type Form, forms, isOwnPki, markdown, type Party } from './matrix.js'
import { startOpensslTsa } from './openssl-tsa.js'
import { missing, type Program, SERVICES } from './peers.js'
import { type Asked, openPlace, type Place, RELEASE, type Surroundings, write } from './place.js'
import { startPrivateSigstore } from './private-sigstore.js'
import { type Signer, signers } from './signers.js'
import { withAuthority } from './trusted-root.js'
import { type Verifier, verifiers } from './verifiers.js'

const absent = missing(SERVICES)
const stack = new AsyncDisposableStack()
let surroundings: Surroundings
beforeAll(async () => {
  if (absent.length > 0) return
  const sigstore = stack.use(await startPrivateSigstore())
  const registry = stack.use(await startRegistry())
  const tsa = stack.use(await startOpensslTsa())
  const folder = await mkdtemp(join(tmpdir(), 'sluice-interop-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [authority, other] = [await authorityOf(folder, 'Acme'), await authorityOf(folder, 'Acme')]
  const { certificate } = await authorityOf(folder, 'Sluice interop')
  surroundings = {
    sigstore,
    registry: registry.host,
    otherRoot: withAuthority(sigstore.trustedRoot, certificate),
    pki: { authority, other, tsa },
  }
})
afterAll(async () => {
  const outcome = (signer: Party, verifier: Party, form: Form) =>
    outcomes.get(nameOf(signer, verifier, form)) ?? 'NOT RUN'
  console.log(markdown(signers, verifiers, outcome))
  await stack.disposeAsync()
})

/** How the runs went, for the matrix that is printed at the end. */
const outcomes = new Map<string, 'yes' | 'NO' | 'not installed'>()
const nameOf = (signer: Party, verifier: Party, { artifact, trust }: Form) =>
  `${artifact}, ${trust}: ${verifier.name} verifies what ${signer.name} signed`

const places = new Map<string, Promise<Place>>()
/** What a signer signed, once for all that verify it. */
function signed(signer: Signer, form: Form): Promise<Place> {
  const key = `${signer.name} ${form.artifact} ${form.trust}`
  const open = async () => {
    const place = stack.use(await openPlace(surroundings))
    await signer.sign(place, form)
    await place.misplaceEvidence()
    return place
  }
  const place = places.get(key) ?? open()
  places.set(key, place)
  return place
}

function goodCase(place: Place, { artifact, trust }: Form): Asked {
  const own = isOwnPki(trust)
  return {
    trust,
    path: artifact === 'directory' ? 'model' : 'model.bin',
    image: place.images[0],
    key: `${trust}.pub`,
    identity: own ? RELEASE : place.sigstore.identity,
    authority: 'authority.crt',
    root: own ? 'authority.json' : 'root.json',
    trustConfig: 'trust.json',
    bundle: 'signed.json',
  }
}

interface BadCase {
  readonly name: string
  readonly asked: Partial<Asked>
  /** A file that is changed while it is asked. */
  readonly changed?: string
}

function badCases(place: Place, { artifact, trust }: Form, verifier: Verifier): BadCase[] {
  const changed: Record<Artifact, Partial<BadCase>> = {
    directory: { changed: 'model/a b' },
    'file as a model': { changed: 'model.bin' },
    file: { changed: 'model.bin' },
    'file, bare': { changed: 'model.bin' },
    image: { asked: { image: place.images[1] } },
  }
  const own = isOwnPki(trust)
  const otherIdentity = own ? `${RELEASE}x` : `${place.sigstore.identity}x`
  const otherSigner: BadCase[] =
    trust === 'keyless' || own
      ? [
          // Of an own PKI model_signing asks who certified, and not whom.
          ...(own && verifier.name === 'model_signing'
            ? []
            : [{ name: 'another identity', asked: { identity: otherIdentity } }]),
          {
            name: 'another trust root',
            asked: own
              ? { authority: 'other-authority.crt', root: 'other-authority.json' }
              : { root: 'other-root.json', trustConfig: 'other-trust.json' },
          },
        ]
      : [{ name: 'another key', asked: { key: `${trust}.other.pub` } }]
  return [{ name: 'another content', asked: {}, ...changed[artifact] }, ...otherSigner]
}

/** A skipped test says what it lacks. */
function lacking(programs: readonly (Program | undefined)[]): string {
  const names = [...absent, ...missing(programs.filter((program) => program !== undefined))]
  return names.length === 0 ? '' : ` (not installed: ${[...new Set(names)].join(', ')})`
}

for (const form of forms) {
  for (const signer of signers) {
    for (const verifier of verifiers) {
      const cell = cellOf(signer, verifier, form)
      const lack = lacking([signer.program, verifier.program])
      const name = nameOf(signer, verifier, form)
      if (cell.state === 'run') {
        outcomes.set(name, lack === '' ? 'NO' : 'not installed')
        test.skipIf(lack !== '')(`${name}, and nothing else${lack}`, async () => {
          await verifies(signer, verifier, form)
          outcomes.set(name, 'yes')
        })
      } else if (cell.observed) {
        test.skipIf(lack !== '')(`${name.replace(' verifies ', ' still refuses ')}${lack}`, () =>
          refuses(signer, verifier, form),
        )
      }
    }
  }
}

async function verifies(signer: Signer, verifier: Verifier, form: Form): Promise<void> {
  onTestFailed(() => console.error(surroundings.sigstore.logs()))
  const place = await signed(signer, form)
  const good = goodCase(place, form)
  await verifier.verify(place, form.artifact, good)
  for (const bad of badCases(place, form, verifier)) {
    const before = bad.changed === undefined ? '' : await readFile(join(place.folder, bad.changed), 'utf8')
    if (bad.changed !== undefined) await write(place, bad.changed, 'changed')
    const accepted = await accepts(verifier, place, form, { ...good, ...bad.asked })
    if (bad.changed !== undefined) await write(place, bad.changed, before)
    expect(accepted, bad.name).toBe(false)
  }
  // What was refused was refused for what is wrong with it: as it was, it is accepted again.
  await verifier.verify(place, form.artifact, good)
}

/** A hole that somebody closed is to be seen. */
async function refuses(signer: Signer, verifier: Verifier, form: Form): Promise<void> {
  const place = await signed(signer, form)
  expect(await accepts(verifier, place, form, goodCase(place, form))).toBe(false)
}

function accepts(verifier: Verifier, place: Place, { artifact }: Form, asked: Asked): Promise<boolean> {
  return verifier.verify(place, artifact, asked).then(
    () => true,
    () => false,
  )
}
