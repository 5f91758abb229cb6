import { SluiceError } from '@sluice/errors'
import type { Compatibility, SignedBy } from '@sluice/evidence'

const FORMS = ['model-signing-0.2', 'authority-signs']

/** What is accepted besides, with whose signature counts. @throws SluiceError VERIFY_COMPATIBILITY */
export function asCompatible(
  signedBy: SignedBy,
  wanted: readonly string[],
): { readonly signedBy: SignedBy; readonly compatibility: readonly Compatibility[] } {
  const unknown = wanted.find((form) => !FORMS.includes(form))
  if (unknown !== undefined) {
    throw new SluiceError(
      'VERIFY_COMPATIBILITY',
      `${JSON.stringify(unknown.slice(0, 100))} names no older form.`,
      {
        remedy: `Use ${FORMS.join(' or ')}, or leave \`compatibility\` out.`,
      },
    )
  }
  const authorityMaySign = 'authority' in signedBy && wanted.includes('authority-signs')
  return {
    signedBy: authorityMaySign ? { ...signedBy, authorityMaySign } : signedBy,
    compatibility: wanted.includes('model-signing-0.2') ? ['model-signing-0.2'] : [],
  }
}
