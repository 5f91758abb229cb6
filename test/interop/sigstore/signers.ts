import { action as sign } from '@sluice/action-sign'
import { inputsWith } from '@sluice/toolkit/testing'
import { KEYS } from './keys.js'
import type { Form, Party } from './matrix.js'
import type { Program } from './peers.js'
import { type Place, PROVENANCE } from './place.js'

export interface Signer extends Party {
  readonly program?: Program
  /** Signs what the place holds; of what is in no registry the bundle goes to `signed.json`. */
  sign(place: Place, form: Form): Promise<void>
}

const BUNDLE = 'signed.json'

const sluice: Signer = {
  name: 'Sluice',
  holes: [
    {
      artifacts: ['file, bare'],
      because:
        'Sluice writes and accepts no bare signature: it says nothing of what was signed, as what, or for which purpose. It signs a statement over the file.',
    },
  ],
  async sign(place, { artifact, trust }) {
    const { sigstore, context } = place
    const by =
      trust === 'keyless'
        ? {
            fulcioUrl: sigstore.fulcioUrl,
            rekorUrl: sigstore.rekorUrl,
            rekorVersion: 2,
            tsaUrl: sigstore.tsaUrl,
            trustedRoot: 'root.json',
          }
        : { key: `${trust}.pem` }
    const run = (given: object) => sign.run(inputsWith(sign, { ...by, ...given }), context)
    switch (artifact) {
      case 'directory':
      case 'file as a model':
        await run({ path: artifact === 'directory' ? 'model' : 'model.bin', signature: BUNDLE })
        return
      case 'image':
        await run({ subject: place.images[0] })
        return
      default: {
        const { outputs } = await run({ files: ['model.bin'] })
        await context.workspace.write(BUNDLE, await context.workspace.readText(outputs['bundles'] ?? ''))
      }
    }
  },
}

const cosign: Signer = {
  name: 'cosign',
  program: 'cosign',
  holes: [
    {
      artifacts: ['directory', 'file as a model'],
      because: 'cosign makes no manifest of a model: it signs one digest at a time.',
    },
  ],
  async sign(place, { artifact, trust }) {
    const services = [
      '--signing-config',
      trust === 'keyless' ? 'signing-config.json' : 'no-services.json',
      '--yes',
    ]
    const by =
      trust === 'keyless'
        ? ['--identity-token', 'token.jwt', '--trusted-root', 'root.json']
        : ['--key', `${trust}.key`]
    if (trust !== 'keyless')
      await place.run('cosign', 'import-key-pair', '--key', `${trust}.pem`, '--output-key-prefix', trust)
    const says = ['--predicate', 'predicate.json', '--type', PROVENANCE]
    switch (artifact) {
      case 'image':
        await place.run(
          'cosign',
          'attest',
          ...by,
          ...says,
          ...services,
          '--allow-http-registry',
          place.images[0],
        )
        return
      case 'file, bare':
        await place.run('cosign', 'sign-blob', ...by, ...services, '--bundle', BUNDLE, 'model.bin')
        return
      default:
        await place.run('cosign', 'attest-blob', ...by, ...says, ...services, '--bundle', BUNDLE, 'model.bin')
    }
  },
}

const sigstorePython: Signer = {
  name: 'sigstore-python',
  program: 'sigstore-python',
  holes: [
    { artifacts: ['directory', 'file as a model'], because: 'sigstore-python makes no manifest of a model.' },
    {
      trusts: KEYS,
      because: 'sigstore-python knows no keys of one’s own: it signs and verifies by identity.',
    },
    { artifacts: ['image'], because: 'sigstore-python signs files and knows no registry.' },
  ],
  async sign(place, { artifact }) {
    const token = await place.sigstore.identityToken()
    const by = ['--trust-config', 'trust.json']
    const to = ['--identity-token', token, '--bundle', BUNDLE, 'model.bin']
    if (artifact === 'file, bare') await place.run('sigstore-python', ...by, 'sign', ...to)
    else
      await place.run(
        'sigstore-python',
        ...by,
        'attest',
        ...['--predicate', 'predicate.json', '--predicate-type', PROVENANCE],
        ...to,
      )
  },
}

const modelSigning: Signer = {
  name: 'model_signing',
  program: 'model-signing',
  holes: [
    {
      artifacts: ['file', 'file, bare', 'image'],
      because:
        'model_signing signs and verifies models only, as OMS: no other statement, no bare signature, no registry.',
    },
    { trusts: ['Ed25519'], because: 'model_signing takes elliptic curve keys only: P-256, P-384 and P-521.' },
  ],
  async sign(place, { artifact, trust }) {
    const what = artifact === 'directory' ? 'model' : 'model.bin'
    const to = ['--signature', BUNDLE]
    if (trust === 'keyless') {
      const token = await place.sigstore.identityToken()
      const by = ['--trust_config', 'trust.json', '--identity_token', token]
      await place.run('model-signing', 'sign', 'sigstore', what, ...by, ...to)
    } else {
      await place.run('model-signing', 'sign', 'key', what, '--private_key', `${trust}.pem`, ...to)
    }
  },
}

export const signers: readonly Signer[] = [sluice, cosign, sigstorePython, modelSigning]
