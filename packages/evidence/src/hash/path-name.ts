/**
 * Why a relative path may not be signed or read from a manifest, or undefined when it may: segments joined by
 * `/`, none empty, `.` or `..`, no backslash, drive or control character (OMS v1.0 section 8.6, and Windows).
 */
export function pathFault(path: string): string | undefined {
  if (path === '' || Buffer.byteLength(path) > 4096) return 'is empty or longer than 4096 bytes'
  if (!path.isWellFormed()) return 'is not Unicode'
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'holds a control character or a backslash'
  if (/^[A-Za-z]:/.test(path)) return 'looks like a drive of Windows'
  const segments = path.split('/')
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'is not a plain relative path'
  }
  return undefined
}

const ASCII = /^[\x20-\x7e]*$/

/** Two names that some file system takes for one have the same fold. */
export function foldName(path: string): string {
  return ASCII.test(path) ? path.toLowerCase() : path.normalize('NFC').toLowerCase()
}

const SURROGATE = /[\ud800-\udfff]/

/** Order of names in a manifest: by code point, which is the order of UTF-8 bytes (OMS v1.0 section 6.4). */
export function compareNames(a: string, b: string): number {
  // JavaScript compares code units, which is another order only where one is of a pair.
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
