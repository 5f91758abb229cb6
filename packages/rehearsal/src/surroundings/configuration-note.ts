import { SluiceError } from '@sluice/errors'
import { parse } from 'yaml'

/** A value that a job's copy of sluice.yaml is to have. */
export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
}

/** What a job's checkout is told of the configuration. */
export interface ConfigurationNote {
  /** Keys of `signing` that name the Sigstore that stands in. */
  readonly signing: Readonly<Record<string, string>>
  readonly set: readonly Setting[]
  /** TrustedRoot in JSON, of this Sigstore and those of earlier rehearsals. */
  readonly trustedRoot?: string
}

/** The variable that names the file with a `ConfigurationNote`; no step sees it. */
export const CONFIGURATION_NOTE = 'REHEARSAL_CONFIGURATION'

/** Where a job's copy keeps the trusted root, beside each sluice.yaml and at the top. */
export const TRUSTED_ROOT = '.sluice/rehearsed-trusted-root.json'

/** Reads `--set <key.key>=<value in YAML>`. Pure. @throws SluiceError REHEARSAL_SET_INVALID */
export function readSetting(key: string, text: string): Setting {
  const path = key.split('.')
  if (path.length < 2 || path.some((step) => !/^[\w-]+$/.test(step) || step === '__proto__')) {
    throw invalid(`\`${key}\` is no path of a key in a section`)
  }
  try {
    return { path, value: parse(text, { maxAliasCount: 0 }) as unknown }
  } catch (cause) {
    throw invalid(`The value of \`${key}\` is no YAML`, cause)
  }
}

function invalid(what: string, cause?: unknown): SluiceError {
  return new SluiceError('REHEARSAL_SET_INVALID', `${what}.`, {
    remedy:
      'Write `--set section.key=<value>`, such as `--set rollout.traffic.haproxy.socket=/tmp/haproxy.sock`.',
    cause,
  })
}
