import { SluiceError } from '@sluice/errors'

/** A link, pipe or device where a file was expected. */
export function notAFile(path: string): SluiceError {
  return new SluiceError(
    'HASH_NOT_A_FILE',
    `${path} is a link or a special file; only files and folders are hashed.`,
    { remedy: 'Replace the link by what it points to, or name it in `ignore`.' },
  )
}

/** A file or folder that is not there or may not be read. */
export function unreadable(path: string, cause?: unknown): SluiceError {
  return new SluiceError('HASH_UNREADABLE', `${path} cannot be read.`, {
    remedy: 'Check that it exists and may be read.',
    cause,
  })
}

/** A file that is no longer what it was when hashing began. */
export function changed(path: string): SluiceError {
  return new SluiceError('HASH_CHANGED', `${path} changed while it was hashed.`, {
    remedy: 'Run again once nothing writes to it.',
    kind: 'surroundings',
  })
}

/** More entries, depth or shards than are hashed. */
export function tooMany(how: string): SluiceError {
  return new SluiceError('HASH_TOO_MANY', `The folder ${how}.`, {
    remedy: 'Name the folder of the model alone; take larger shards where it is hashed in shards.',
  })
}
