import { action as verify } from '@sluice/action-verify'
import { inputsWith } from '@sluice/toolkit/testing'
import { KEYS } from './keys.js'
import { type Artifact, isOwnPki, type Party } from './matrix.js'
import type { Program } from './peers.js'
import { type Asked, type Place, PROVENANCE } from './place.js'

export interface Verifier extends Party {
  readonly program?: Program
  /** @throws when it refuses */
  verify(place: Place, artifact: Artifact, asked: Asked): Promise<void>
}

const MODELS = ['directory', 'file as a model'] as const

const COSIGN_ED25519 = {
  of: ['cosign'],
  trusts: ['Ed25519'],
  observed: true,
  because:
    'cosign 3.1.2 signs with Ed25519ph where a bundle promises Ed25519: another algorithm under the same key. It refuses its own.',
} as const

const sluice: Verifier = {
  name: 'Sluice',
  holes: [
    {
      artifacts: ['file, bare'],
      because:
        'Sluice writes and accepts no bare signature: it says nothing of what was signed, as what, or for which purpose. It signs a statement over the file.',
    },
    COSIGN_ED25519,
  ],
  async verify(place, artifact, asked) {
    const by =
      asked.trust === 'keyless'
        ? { identity: asked.identity, issuer: place.sigstore.issuer, trustedRoot: asked.root }
        : isOwnPki(asked.trust)
          ? {
              identity: asked.identity,
              certificateAuthority: asked.authority,
              ...(asked.trust === 'X.509' ? {} : { timestampAuthority: 'tsa.crt' }),
            }
          : { key: asked.key }
    const what =
      artifact === 'image'
        ? { subject: asked.image }
        : artifact === 'file'
          ? { files: [asked.path], bundles: [asked.bundle] }
          : { path: asked.path, bundles: [asked.bundle] }
    const { verdict, findings } = await verify.run(inputsWith(verify, { ...by, ...what }), place.context)
    if (verdict !== 'pass') throw new Error(JSON.stringify(findings))
  },
}

const cosign: Verifier = {
  name: 'cosign',
  program: 'cosign',
  holes: [
    {
      artifacts: MODELS,
      because: 'cosign reads no manifest of a model: it compares one digest with one file.',
    },
    COSIGN_ED25519,
    {
      of: ['Sluice'],
      trusts: ['X.509', 'X.509 and time'],
      observed: true,
      because:
        'cosign 3.1.2 takes one certificate in a bundle of version 0.3, of an authority of the trust root. OMS has a chain there, and Sluice writes it as OMS has it; it reads both.',
    },
    {
      trusts: ['P-384', 'P-521'],
      observed: true,
      because:
        'cosign 3.1.2 verifies with SHA-256 whatever the curve of the key, and so refuses signatures by P-384 and P-521, its own among them, which are over SHA-384 and SHA-512.',
    },
  ],
  async verify(place, artifact, asked) {
    const unlogged = ['--insecure-ignore-tlog', `--use-signed-timestamps=${asked.trust === 'X.509 and time'}`]
    const named = ['--certificate-identity', asked.identity, '--trusted-root', asked.root]
    const by =
      asked.trust === 'keyless'
        ? [...named, '--certificate-oidc-issuer', place.sigstore.issuer, '--use-signed-timestamps']
        : isOwnPki(asked.trust)
          ? // Certificates of an own authority name no issuer of tokens, and it demands a pattern.
            [...named, '--certificate-oidc-issuer-regexp', '.*', '--insecure-ignore-sct', ...unlogged]
          : ['--key', asked.key, ...unlogged]
    switch (artifact) {
      case 'image':
        await place.run(
          'cosign',
          ...['verify-attestation', ...by, '--type', PROVENANCE, '--allow-http-registry', asked.image],
        )
        return
      case 'file, bare':
        await place.run('cosign', 'verify-blob', ...by, '--bundle', asked.bundle, asked.path)
        return
      default:
        await place.run(
          'cosign',
          ...['verify-blob-attestation', ...by, '--type', PROVENANCE, '--bundle', asked.bundle, asked.path],
        )
    }
  },
}

const sigstorePython: Verifier = {
  name: 'sigstore-python',
  program: 'sigstore-python',
  holes: [
    { artifacts: MODELS, because: 'sigstore-python reads no manifest of a model.' },
    {
      trusts: [...KEYS, 'X.509', 'X.509 and time'],
      because:
        'sigstore-python knows no keys and no authority of one’s own: it signs and verifies by identity, with certificates of a Fulcio.',
    },
    { artifacts: ['image'], because: 'sigstore-python signs files and knows no registry.' },
    {
      of: ['cosign'],
      artifacts: ['file'],
      observed: true,
      because:
        'cosign writes statements of type `https://in-toto.io/Statement/v0.1`; sigstore-python reads v1 only.',
    },
  ],
  async verify(place, _artifact, asked) {
    await place.run(
      'sigstore-python',
      ...['--trust-config', asked.trustConfig, 'verify', 'identity', '--bundle', asked.bundle],
      ...['--cert-identity', asked.identity, '--cert-oidc-issuer', place.sigstore.issuer, asked.path],
    )
  },
}

const modelSigning: Verifier = {
  name: 'model_signing',
  program: 'model-signing',
  holes: [
    {
      artifacts: ['file', 'file, bare', 'image'],
      because:
        'model_signing signs and verifies models only, as OMS: no other statement, no bare signature, no registry.',
    },
    { trusts: ['Ed25519'], because: 'model_signing takes elliptic curve keys only: P-256, P-384 and P-521.' },
    {
      of: ['Sluice'],
      artifacts: ['file as a model'],
      observed: true,
      because:
        'OMS v1.0 names the one file of a model by its base name, and so does Sluice; model_signing 1.1.1 calls it `.` and reads nothing else. Sluice reads both.',
    },
  ],
  async verify(place, _artifact, asked) {
    const from = ['--signature', asked.bundle]
    if (asked.trust === 'keyless') {
      await place.run(
        'model-signing',
        ...['verify', 'sigstore', asked.path, ...from, '--trust_config', asked.trustConfig],
        ...['--identity', asked.identity, '--identity_provider', place.sigstore.issuer],
      )
    } else if (isOwnPki(asked.trust)) {
      await place.run(
        'model-signing',
        'verify',
        'certificate',
        asked.path,
        ...from,
        '--certificate_chain',
        asked.authority,
      )
    } else {
      await place.run('model-signing', 'verify', 'key', asked.path, ...from, '--public_key', asked.key)
    }
  },
}

const gh: Verifier = {
  name: 'gh',
  program: 'gh',
  holes: [
    {
      artifacts: MODELS,
      because: 'gh reads no manifest of a model: it compares one digest with one file or image.',
    },
    { artifacts: ['file, bare'], because: 'gh verifies attestations only, no bare signature.' },
    {
      trusts: [...KEYS, 'X.509', 'X.509 and time'],
      because: 'gh verifies by identity only: it compares what a Fulcio certified of a workflow.',
    },
  ],
  async verify(place, artifact, asked) {
    await place.run(
      'gh',
      ...['attestation', 'verify', artifact === 'image' ? `oci://${asked.image}` : asked.path],
      ...(artifact === 'image' ? ['--bundle-from-oci'] : ['--bundle', asked.bundle]),
      ...['--custom-trusted-root', `${asked.root}l`, '--owner', 'acme'],
      ...['--cert-identity', asked.identity, '--cert-oidc-issuer', place.sigstore.issuer],
    )
  },
}

export const verifiers: readonly Verifier[] = [sluice, cosign, sigstorePython, modelSigning, gh]
