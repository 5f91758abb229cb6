import type { Reference, Repository } from '@sluice/oci'
import type { TrustRoot } from '../verify/trust-root.js'

/** Where declared dependencies are looked for. */
export interface DependencySources {
  /** The absolute path of one that is declared relative. @throws SluiceError when it leads out */
  resolve(path: string): Promise<string>
  /** The bytes of a file: a bundle, a key, a trust root. @throws SluiceError FILE_* */
  read(path: string, limit: number): Promise<Uint8Array>
  /** Opens the repository of an OCI reference. */
  open(reference: Reference): Promise<Repository>
  /** Who certifies identities where a declaration names no root of its own. */
  trustRoot(): Promise<TrustRoot>
  readonly now: Date
  /** Where the entry stands that has this place in `signing.dependencies`. */
  at(index: number): { readonly file: string; readonly line: number; readonly column: number } | undefined
}
