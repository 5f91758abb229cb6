import { SluiceError } from '@sluice/errors'
import { digestMismatch, notFound, tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { collect } from '../verified.js'
import type { Reply } from './transport.js'

interface RegistryErrors {
  readonly codes: readonly string[]
  readonly text: string
}

/**
 * Turns a refusing answer into the error it means (distribution-spec 1.1, "Error Codes"). Bodies of
 * other forms, plain text or HTML, only lend their first words.
 * @param doing what was asked for: `upload blob sha256:…`
 */
export async function failure(
  reply: Reply,
  repository: string,
  doing: string,
  explain: () => Promise<string>,
): Promise<SluiceError> {
  const { status } = reply.response
  const { codes, text } = await readErrors(reply)
  const said = `${repository} answered ${status}${text === '' ? '' : ` (${text})`} to: ${doing}.`
  if (codes.includes('DIGEST_INVALID'))
    return digestMismatch(repository, 'of another digest on arrival', doing)
  if (
    codes.some(
      (code) =>
        code === 'MANIFEST_INVALID' || code === 'MANIFEST_BLOB_UNKNOWN' || code === 'MANIFEST_UNVERIFIED',
    )
  ) {
    return new SluiceError('OCI_MANIFEST_INVALID', said, {
      kind: 'surroundings',
      remedy:
        'Upload what the manifest names first; if it is all there, the registry does not support this kind of artifact.',
    })
  }
  if (status === 401 || codes.includes('UNAUTHORIZED')) {
    return new SluiceError('OCI_UNAUTHORIZED', said, { kind: 'surroundings', remedy: await explain() })
  }
  if (status === 403 || codes.includes('DENIED')) {
    return new SluiceError('OCI_DENIED', said, { kind: 'surroundings', remedy: await explain() })
  }
  if (status === 404) return notFound(repository, doing)
  if (status === 413) return tooLarge(repository, doing, LIMITS.manifest)
  if (status === 405 || codes.includes('UNSUPPORTED')) {
    return new SluiceError('OCI_UNSUPPORTED', said, {
      kind: 'surroundings',
      remedy: 'Allow it in the registry’s configuration, or use a registry that supports it.',
    })
  }
  if (status === 429 || status >= 500) {
    return new SluiceError('OCI_UNREACHABLE', said, {
      kind: 'surroundings',
      remedy: 'Wait until the registry has recovered, then run it again.',
    })
  }
  return protocolFault(repository, `answered ${status}${text === '' ? '' : ` (${text})`} to: ${doing}`)
}

export function protocolFault(repository: string, what: string): SluiceError {
  return new SluiceError(
    'OCI_PROTOCOL',
    `${repository} ${what}; that is not how a registry speaks (distribution-spec 1.1).`,
    {
      kind: 'surroundings',
      remedy: 'Check that the address is a registry’s and that no proxy answers in its place.',
    },
  )
}

async function readErrors(reply: Reply): Promise<RegistryErrors> {
  let body: string
  try {
    body = new TextDecoder().decode(
      await collect(reply.body, LIMITS.answer, 'An error answer', reply.url.host),
    )
  } catch {
    return { codes: [], text: '' }
  }
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] }
    if (!Array.isArray(errors)) return { codes: [], text: '' }
    const codes = errors.map((error) => String(error?.code ?? ''))
    return {
      codes,
      text: clean(errors.map((error) => `${error?.code ?? ''} ${error?.message ?? ''}`).join('; ')),
    }
  } catch {
    return { codes: [], text: clean(body) }
  }
}

/** One line without control characters, of a length fit for a message. */
function clean(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
    .slice(0, 200)
}
