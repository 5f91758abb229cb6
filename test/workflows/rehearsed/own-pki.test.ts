import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PROJECT } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { root } from '../../workspace/checkout.js'
import { CALLED_BY_COMMIT, startWorld } from './world.js'

const JOB = 'own-pki'
const action = (name: string) => `${PROJECT.repository}/actions/${name}@${CALLED_BY_COMMIT} # v0.1.0`
const IDENTITY = 'https://acme.example/release'

/** Makes an authority and a signer, signs by certificate in shards and by a command that keeps the key, and verifies both. */
const WORKFLOW = `on: workflow_dispatch
permissions: {}
jobs:
  ${JOB}:
    runs-on: ubuntu-24.04
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { persist-credentials: false }
      - run: sh pki/make.sh
      - id: sign
        uses: ${action('sign')}
        with: { path: model, key: pki/leaf.key, certificate: pki/chain.pem, model-method: shards, model-shard-size: 4, model-hash: blake3 }
      - id: verify
        uses: ${action('verify')}
        with: { path: model, certificate-authority: pki/root.pem, identity: "${IDENTITY}" }
      - id: other-identity
        continue-on-error: true
        uses: ${action('verify')}
        with: { path: model, certificate-authority: pki/root.pem, identity: "${IDENTITY}s" }
      - id: other-authority
        continue-on-error: true
        uses: ${action('verify')}
        with: { path: model, certificate-authority: pki/other.pem, identity: "${IDENTITY}" }
      - id: by-command
        uses: ${action('sign')}
        with:
          path: model
          store: by-command
          signer-command: |
            sh
            pki/signer.sh
      - id: verify-command
        uses: ${action('verify')}
        with: { path: model, store: by-command, key: pki/leaf.pub }
      - run: node ${join(root, 'packages/cli/lib/main.js')} explain model --certificate-authority pki/root.pem --identity ${IDENTITY}
      - run: echo more >> model/weights.bin
      - id: changed
        continue-on-error: true
        uses: ${action('verify')}
        with: { path: model, certificate-authority: pki/root.pem, identity: "${IDENTITY}" }
`

const MAKE = `set -eu
cd pki
for name in root other; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out $name.pem -days 30 \\
    -subj /CN=$name -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
done
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=release 2>/dev/null
printf 'keyUsage=critical,digitalSignature\\nextendedKeyUsage=codeSigning\\nsubjectAltName=URI:${IDENTITY}\\n' > leaf.ext
openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -days 10 -extfile leaf.ext -out chain.pem 2>/dev/null
openssl pkey -in leaf.key -pubout -out leaf.pub
`

const SIGNER = `case "$1" in
  public-key) cat pki/leaf.pub ;;
  sign) openssl dgst -sha256 -sign pki/leaf.key | base64 ;;
esac
`

const FILES = {
  '.github/workflows/own-pki.yml': WORKFLOW,
  'pki/make.sh': MAKE,
  'pki/signer.sh': SIGNER,
  'model/weights.bin': 'weights of the model',
  'model/__init__.py': '',
}

test('a model is signed by a certificate and by a command, and neither another identity nor another byte passes', async () => {
  await using world = await startWorld()
  for (const [file, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(world.folder, file)), { recursive: true })
    await writeFile(join(world.folder, file), text)
  }
  const run = await world.rehearse('own-pki.yml', { event: 'workflow_dispatch' })
  expect(run, run.log).toMatchObject({ conclusion: 'success' })
  const step = (id: string) => run.step(JOB, id)
  expect(step('verify').outputs).toMatchObject({ verdict: 'pass', verified: '1' })
  expect(step('verify-command').outputs).toMatchObject({ verdict: 'pass', verified: '1' })
  expect(step('other-identity').outputs).toMatchObject({ verdict: 'fail' })
  expect(step('other-identity').summary).toContain('verify/identity-mismatch')
  expect(step('other-authority').outputs).toMatchObject({ verdict: 'fail' })
  expect(step('changed').outputs).toMatchObject({ verdict: 'fail' })
  expect(step('changed').summary).toContain('weights.bin')
})
