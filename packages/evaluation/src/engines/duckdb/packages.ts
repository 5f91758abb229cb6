/** The packages of DuckDB's client, by the digests that the npm registry states for them. */
export const DUCKDB_VERSION = '1.5.6-r.1'

export interface PinnedPackage {
  readonly name: string
  readonly version: string
  /** Subresource integrity of the archive, SHA-512. */
  readonly integrity: string
}

const COMMON: readonly PinnedPackage[] = [
  {
    name: '@duckdb/node-api',
    version: DUCKDB_VERSION,
    integrity:
      'sha512-yIPol6P4EQmsAUsb27donJf7iADrM31Ei/WkvhkZpSscjhEErYsuF19lsJ/qz5mUWxsKFQpLdjvrlhPQnMTBqw==',
  },
  {
    name: '@duckdb/node-bindings',
    version: DUCKDB_VERSION,
    integrity:
      'sha512-/pWlTyvKC1d16iSMJCBAPwlmzoeXRs5Y9cqG+TpKd/YAW6Ke05FJg099v/Im2bkS9BgznNyNcAK1NxA1eQhSUw==',
  },
  {
    name: 'detect-libc',
    version: '2.1.2',
    integrity:
      'sha512-Btj2BOOO83o3WyH59e8MgXsxEQVcarkUOpEYrubB0urwnN10yQ364rsiByU11nZlqWYZm05i/of7io4mzihBtQ==',
  },
]

/** The library itself, for each platform that it is built for. */
const BINDINGS: Readonly<Record<string, string>> = {
  'linux-x64':
    'sha512-IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q==',
  'linux-x64-musl':
    'sha512-PVzIEZqp7QN07WBgjmIH0cK2GKXR735KmL6wnghTzRnhHWrePxx3MjZB9zZHI8tB73wdF8luarBm4EgqSjGyVA==',
  'linux-arm64':
    'sha512-3jnUaDil1BrF/6vAZwVaInJ1xoBaWGHB4PDiUnzJWKCo8a8TLx9j7/gPyPl/UGRBftrYIuTihRZSfF4mWMgtWA==',
  'linux-arm64-musl':
    'sha512-j6dcNLWnFvlQyKMtl36HyeDsOaetXFoj0dH21Q9MbLjABNuJs5ekDV6zMSEda/g5+z1Tm6r2KFOS8j3tGUCRiw==',
  'darwin-x64':
    'sha512-tVwUZNvdQoaPJhrh3q2e6jxm1MhahNHJQK/pvCyco46NX0mEuGzlw9i0n2MArgsyzccdCwScOK9ctbyr+3oMbQ==',
  'darwin-arm64':
    'sha512-KFT/J/pyouuAD1jftAIfcWVRdorg+c/yVR/BJL8LJKrST+mYC4d7QSuQ+iXSYbFpHENUAeZUagXrMPtZT8Xzsg==',
  'win32-x64':
    'sha512-5Rpn5WXEG5gY/u7Keh+c4kuwG/LiE31pCP9CoCohv+u0aFensk/yRIQVW/CXuIoITky9xFhdRzaWUtAnGTYxJQ==',
  'win32-arm64':
    'sha512-nzNTZx9rus5QpuX+KH6UOPNeZp8yF25TxV6DiUly4RKgR5mu6xo8c7a7lS80AqxTJfJ9BwUIiqlCuYKWztRM5A==',
}

/** Every package that the client needs on a platform; undefined where DuckDB is not built for it. */
export function packagesFor(platform: string): readonly PinnedPackage[] | undefined {
  const integrity = Object.hasOwn(BINDINGS, platform) ? BINDINGS[platform] : undefined
  if (integrity === undefined) return undefined
  return [...COMMON, { name: `@duckdb/node-bindings-${platform}`, version: DUCKDB_VERSION, integrity }]
}
