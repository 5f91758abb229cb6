import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cellOf, covers, forms, markdown } from '../interop/sigstore/matrix.js'
import { omsMarkdown } from '../interop/sigstore/oms-forms.js'
import { signers } from '../interop/sigstore/signers.js'
import { verifiers } from '../interop/sigstore/verifiers.js'
import { root } from './checkout.js'

/** The version that a script of `scripts/peers` installs. */
function version(script: string): string {
  const text = readFileSync(`${root}scripts/peers/${script}.sh`, 'utf8')
  return /^version=v?(.+)$/m.exec(text)?.[1] ?? ''
}

const page = () => `# Who verifies what whom has signed

Sluice writes standard forms: Sigstore bundles with in-toto statements, OMS signatures of models, referrers in registries. This page says which programs read which of them, and which of theirs Sluice reads. Every *yes* is a run of \`npm run interop\` with the real programs: the verifier accepts what was signed, and refuses it with another content, by another key or identity, and against another trust root. A number says why there is no such run; where the verifier takes the form and refuses what is good, a test sees it refuse.

Programs: cosign ${version('cosign')}, sigstore-python ${version('sigstore-python')}, model_signing ${version('model-signing')}, gh ${version('gh')}. *Keyless* is a private Sigstore of the real services: Fulcio ${version('fulcio')} with an issuer whose tokens are GitHub's in form, Rekor v2 (rekor-tiles ${version('rekor-tiles')}), timestamp-authority ${version('timestamp-server')} and the certificate log TesseraCT ${version('tesseract')}, with a trust root and a signing config made by cosign. *X.509* is a certificate of an own authority, made by OpenSSL; *X.509 and time* adds a timestamp by \`openssl ts\`. Of an own authority's signer model_signing asks no name, so there it refuses another content and another authority only.

${markdown(signers, verifiers)}
### Manifests of models (OMS)

By the library of model_signing; its command line writes whole files by SHA-256 only.

${omsMarkdown()}`

test('the page of who verifies what is of the data that the interop tests run by', async () => {
  // `vitest -u` writes it anew.
  await expect(page()).toMatchFileSnapshot(`${root}docs/interop.md`)
})

test('no reason for a hole is empty or left over', () => {
  const used = new Set(
    forms.flatMap((form) =>
      signers.flatMap((signer) =>
        verifiers.flatMap((verifier) => {
          const cell = cellOf(signer, verifier, form)
          return cell.state === 'hole' ? [cell.because] : []
        }),
      ),
    ),
  )
  for (const { because } of [...signers, ...verifiers].flatMap(({ holes }) => holes)) {
    expect(because).toMatch(/^.{20,}\.$/)
    expect([...used]).toContain(because)
  }
})

test('a party that does a form again is seen: its hole covers nothing else', () => {
  const hole = {
    artifacts: ['file'],
    trusts: ['Ed25519'],
    of: ['cosign'],
    because: 'cosign does not.',
  } as const
  expect(covers(hole, { artifact: 'file', trust: 'Ed25519' }, 'cosign')).toBe(true)
  expect(covers(hole, { artifact: 'file', trust: 'Ed25519' }, 'Sluice')).toBe(false)
  expect(covers(hole, { artifact: 'image', trust: 'Ed25519' }, 'cosign')).toBe(false)
  expect(covers(hole, { artifact: 'file', trust: 'P-256' }, 'cosign')).toBe(false)
})
