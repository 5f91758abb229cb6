/** OCI content descriptor (image-spec 1.1, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:<64 hex digits>`, as `parseDigest` accepts it */
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
  /** @throws SluiceError OCI_NOT_FOUND, OCI_DIGEST_MISMATCH, OCI_MANIFEST_INVALID, OCI_TOO_LARGE */
  manifest(reference: string): Promise<Manifest>
  /** Streams a blob. @throws SluiceError OCI_NOT_FOUND; OCI_DIGEST_MISMATCH at the end of a wrong stream */
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array>
  /** Whether the blob is there; with `size`, whether it is there in that many bytes. Its bytes are not read. */
  hasBlob(digest: string, size?: number): Promise<boolean>
  /** Uploads a blob; `open` may be called again for a retry. */
  putBlob(descriptor: Descriptor, open: () => AsyncIterable<Uint8Array>): Promise<void>
  /** Uploads a manifest's bytes as they are, under its digest and, when given, under `tag`. */
  putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor>
  tags(): Promise<string[]>
  /** Descriptors of the manifests whose `subject` is `digest`: referrers API and fallback tag together. */
  referrers(digest: string, artifactType?: string): Promise<Descriptor[]>
  /**
   * Links a blob that `source` holds on the same registry, without moving bytes.
   * @returns false when that is impossible: upload it then
   */
  mountFrom?(descriptor: Descriptor, source: Repository): Promise<boolean>
  /**
   * Removes a manifest by digest, with the tags that name it, or only a tag. Absent already is no error.
   * @throws SluiceError OCI_DENIED when the registry does not allow it
   */
  deleteManifest?(reference: string): Promise<void>
  /** What stands at the top of a layout or archive and refers to nothing else; a registry does not list that. */
  roots?(): Promise<Descriptor[]>
}
