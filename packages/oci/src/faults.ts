import { SluiceError } from '@sluice/errors'

/** The errors that several kinds of repository throw, worded once. */

export function notFound(repository: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError('OCI_NOT_FOUND', `${repository} does not hold ${what}.`, {
    kind: 'surroundings',
    cause,
    remedy:
      'Check the name, tag and digest, and that the credentials may read this repository (registries often answer "not found" for "not allowed").',
  })
}

/** The same of a layout or an archive on disk, where nothing but the name can be wrong. */
export function notInFile(name: string, what: string): SluiceError {
  return new SluiceError('OCI_NOT_FOUND', `${name} does not exist, or does not hold ${what}.`, {
    remedy:
      'Check the path, which starts at the working directory, and the tag or digest; index.json in a layout lists what it holds.',
  })
}

export function digestMismatch(repository: string, found: string, expected: string): SluiceError {
  return new SluiceError(
    'OCI_DIGEST_MISMATCH',
    `${repository} served content that is ${found}; expected ${expected}.`,
    {
      kind: 'refused',
      remedy:
        'The content was changed or damaged after it was published. Do not use it; restore it from a copy whose digest holds.',
    },
  )
}

export function tooLarge(repository: string, what: string, limit: number): SluiceError {
  return new SluiceError('OCI_TOO_LARGE', `${what} in ${repository} is over the limit of ${limit}.`, {
    kind: 'refused',
    remedy: 'Publish it in smaller parts; the limits keep hostile content from exhausting the runner.',
  })
}

export function readOnly(repository: string): SluiceError {
  return new SluiceError('OCI_READ_ONLY', `${repository} can only be read.`, {
    remedy: 'Name a registry repository or an `oci:<folder>` layout as the destination.',
  })
}
