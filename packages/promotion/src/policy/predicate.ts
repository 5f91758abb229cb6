import { OMS_TYPE, PROVENANCE_TYPE, VERIFICATION_SUMMARY_TYPE } from '@sluice/evidence'
import { predicateType, TEST_RESULT_TYPE } from '@sluice/verdict'

interface Kind {
  readonly type: string
  /** What must hold when the policy states no condition; without it a failed result would count. */
  readonly condition?: string
}

/** Short names of the predicate types that a policy may use. */
const KINDS: Readonly<Record<string, Kind>> = {
  provenance: { type: PROVENANCE_TYPE },
  'model-signature': { type: OMS_TYPE },
  'test-result': {
    type: TEST_RESULT_TYPE,
    condition: 'predicate.result == "PASSED" || predicate.result == "WARNED"',
  },
  vulns: {
    type: 'https://in-toto.io/attestation/vulns/v0.2',
    // The predicate has no verdict of its own: `image-scan` adds one, and of another scanner only "none" is clear.
    condition:
      'has(predicate.metadata.verdict) ? predicate.metadata.verdict in ["pass", "warn"] : size(predicate.scanner.result) == 0',
  },
  evaluation: {
    type: predicateType('evaluation'),
    condition: 'predicate.verdict == "pass" || predicate.verdict == "warn"',
  },
  // A failed one is refused before any condition.
  vsa: { type: VERIFICATION_SUMMARY_TYPE },
}

export function isPredicateName(text: string): boolean {
  return Object.hasOwn(KINDS, text) || /^https?:\/\/[^\s"<>]{1,500}$/.test(text)
}

/** The type URI of a short name or URI, and the condition that holds for it when none is stated. */
export function predicateKind(text: string): Kind {
  if (Object.hasOwn(KINDS, text)) return KINDS[text]!
  return Object.values(KINDS).find((kind) => kind.type === text) ?? { type: text }
}
