import { SluiceError } from '@sluice/errors'
import type { Package } from '../vulnerability.js'
import { matchAdvisory } from './match.js'
import { parseOsv } from './osv.js'

const PACKAGE: Package = {
  ecosystem: 'Debian:12',
  name: 'sluice-canary',
  version: '1.0-1',
  source: { name: 'sluice-canary', version: '1.0-1' },
  purl: 'pkg:deb/debian/sluice-canary@1.0-1',
  path: '',
}

const ADVISORY = JSON.stringify({
  id: 'SLUICE-CANARY',
  modified: '2026-01-01T00:00:00Z',
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'sluice-canary' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0-1+deb12u1' }] }],
    },
  ],
})

/**
 * Proves that matching works before its silence about an image counts: a package that is known to be
 * vulnerable must be found, and its fixed version must not.
 * @throws SluiceError IMAGE_SCAN_BLIND when that does not come out so
 */
export function proveMatching(): void {
  const advisory = parseOsv(ADVISORY)!
  const fixed = { ...PACKAGE, source: { ...PACKAGE.source, version: '1.0-1+deb12u1' } }
  const found = matchAdvisory(PACKAGE, advisory).state
  const mended = matchAdvisory(fixed, advisory).state
  if (found === 'affected' && mended === 'not-affected') return
  throw new SluiceError(
    'IMAGE_SCAN_BLIND',
    'The scan does not find a package that is known to be vulnerable.',
    {
      remedy: 'Do not trust this build; use a released version of the action.',
      kind: 'surroundings',
    },
  )
}
