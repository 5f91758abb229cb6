/** OCI content descriptor (image-spec 1.1, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:<64 hex digits>` */
  readonly digest: string
  /** Bytes. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string }
}

/** A manifest or index with its raw bytes, which are what its digest is of. */
export interface Manifest {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/**
 * One repository of content, remote or on disk: what scanning, evidence and promotion work on.
 * Every byte that comes out has been checked against its digest and size.
 */
export interface Repository {
  /** As a person would write it: `127.0.0.1:5000/dev/flight-delays` or `oci:build/image`. */
  readonly name: string
  /** The descriptor a tag or digest stands for, or undefined when there is none. */
  resolve(reference: string): Promise<Descriptor | undefined>
  /** @throws SluiceError OCI_NOT_FOUND, OCI_DIGEST_MISMATCH */
  manifest(reference: string): Promise<Manifest>
  /** Streams a blob. @throws SluiceError OCI_NOT_FOUND; OCI_DIGEST_MISMATCH at the end of a wrong stream */
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array>
  hasBlob(digest: string): Promise<boolean>
  /** Uploads a blob; `open` may be called again for a retry. */
  putBlob(descriptor: Descriptor, open: () => AsyncIterable<Uint8Array>): Promise<void>
  /** Uploads a manifest's bytes as they are, under its digest and, when given, under `tag`. */
  putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor>
  tags(): Promise<string[]>
  /** Descriptors of the manifests whose `subject` is `digest`: referrers API and fallback tag together. */
  referrers(digest: string, artifactType?: string): Promise<Descriptor[]>
}
