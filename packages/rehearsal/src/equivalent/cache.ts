import { SluiceError } from '@sluice/errors'
import type { Equivalent } from './equivalent.js'

const NO = { default: 'false' }

/** A cache that never has anything: what a workflow does on its first run. */
export const cache: Equivalent = miss('actions/cache')
export const cacheRestore: Equivalent = miss('actions/cache/restore')

export const cacheSave: Equivalent = {
  name: 'actions/cache/save',
  inputs: { path: {}, key: {}, 'upload-chunk-size': {}, enableCrossOsArchive: NO },
  run: async ({ log, inputs }) => log(`A rehearsal keeps no cache; '${inputs['key'] ?? ''}' is not saved.`),
}

function miss(name: string): Equivalent {
  return {
    name,
    inputs: {
      path: {},
      key: {},
      'restore-keys': {},
      'upload-chunk-size': {},
      enableCrossOsArchive: NO,
      'fail-on-cache-miss': NO,
      'lookup-only': NO,
      'save-always': NO,
    },
    run: async ({ inputs, log, setOutput }) => {
      const key = inputs['key'] ?? ''
      setOutput('cache-primary-key', key)
      setOutput('cache-hit', '')
      if (inputs['fail-on-cache-miss'] === 'true') {
        throw new SluiceError(
          'CACHE_MISSED',
          `There is no cache for the key '${key}'; a rehearsal keeps none.`,
          {
            remedy: 'Rehearse without `fail-on-cache-miss: true`.',
            kind: 'surroundings',
          },
        )
      }
      log(`Cache not found for input keys: ${key}`)
    },
  }
}
