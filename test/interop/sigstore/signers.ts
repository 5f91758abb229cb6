import { action as sign } from '@sluice/action-sign'
import { inputsWith } from '@sluice/toolkit/testing'
import { KEYS } from './keys.js'
import { type Form, isOwnPki, type Party, type Trust } from './matrix.js'
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
    const services = {
      fulcioUrl: sigstore.fulcioUrl,
      rekorUrl: sigstore.rekorUrl,
      rekorVersion: 2,
      tsaUrl: sigstore.tsaUrl,
      trustedRoot: 'root.json',
    }
    const certified = { key: 'leaf.pem', certificate: 'leaf.crt' }
    const by: Record<Trust, object> = {
      'P-256': { key: 'P-256.pem' },
      'P-384': { key: 'P-384.pem' },
      'P-521': { key: 'P-521.pem' },
      Ed25519: { key: 'Ed25519.pem' },
      'X.509': certified,
      'X.509 and time': { ...certified, tsaUrl: place.pki.tsa.url },
      keyless: services,
    }
    const run = (given: object) => sign.run(inputsWith(sign, { ...by[trust], ...given }), context)
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
    const own = isOwnPki(trust)
    const config = {
      'X.509 and time': 'time-services.json',
      keyless: 'signing-config.json',
    }
    const services = ['--signing-config', config[trust as keyof typeof config] ?? 'no-services.json', '--yes']
    const by =
      trust === 'keyless'
        ? ['--identity-token', 'token.jwt', '--trusted-root', 'root.json']
        : [
            ...['--key', 'cosign.key'],
            ...(own
              ? [
                  ...['--certificate', 'leaf.crt', '--certificate-chain', 'authority.crt'],
                  '--trusted-root',
                  'authority.json',
                ]
              : []),
          ]
    if (trust !== 'keyless') {
      const key = own ? 'leaf.pem' : `${trust}.pem`
      await place.run('cosign', 'import-key-pair', '--key', key, '--output-key-prefix', 'cosign')
    }
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
      trusts: [...KEYS, 'X.509', 'X.509 and time'],
      because:
        'sigstore-python knows no keys and no authority of one’s own: it signs and verifies by identity, with certificates of a Fulcio.',
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
    {
      trusts: ['X.509 and time'],
      because:
        'model_signing 1.1.1 asks for timestamps in its Sigstore method only, not with an own certificate.',
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
    } else if (isOwnPki(trust)) {
      const chain = ['--signing_certificate', 'leaf.crt', '--certificate_chain', 'authority.crt']
      await place.run(
        'model-signing',
        'sign',
        'certificate',
        what,
        '--private_key',
        'leaf.pem',
        ...chain,
        ...to,
      )
    } else {
      await place.run('model-signing', 'sign', 'key', what, '--private_key', `${trust}.pem`, ...to)
    }
  },
}

export const signers: readonly Signer[] = [sluice, cosign, sigstorePython, modelSigning]
