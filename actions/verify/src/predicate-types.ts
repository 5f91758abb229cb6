import { SluiceError } from '@sluice/errors'
import { OMS_TYPE, PROVENANCE_TYPE, VERIFICATION_SUMMARY_TYPE } from '@sluice/evidence'
import { predicateType, TEST_RESULT_TYPE } from '@sluice/verdict'

/** Short names that people write. */
const NAMES: Record<string, string> = {
  provenance: PROVENANCE_TYPE,
  'model-signature': OMS_TYPE,
  'test-result': TEST_RESULT_TYPE,
  vulns: 'https://in-toto.io/attestation/vulns/v0.2',
  evaluation: predicateType('evaluation'),
  vsa: VERIFICATION_SUMMARY_TYPE,
}

/** Predicate types by short name or URI. @throws SluiceError VERIFY_PREDICATE_TYPE */
export function predicateTypes(wanted: readonly string[]): string[] {
  return wanted.map((word) => {
    if (Object.hasOwn(NAMES, word)) return NAMES[word] ?? word
    if (/^https?:\/\/\S+$/.test(word)) return word
    throw new SluiceError(
      'VERIFY_PREDICATE_TYPE',
      `${JSON.stringify(word.slice(0, 200))} names no predicate type.`,
      {
        remedy: `Use ${Object.keys(NAMES).join(', ')}, or the URI of one.`,
      },
    )
  })
}
