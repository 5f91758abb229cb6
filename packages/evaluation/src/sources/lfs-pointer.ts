const POINTER = 'version https://git-lfs.github.com/spec/v1\n'
/** git-lfs, docs/spec.md: a pointer file has less than 1024 bytes. */
const LONGEST = 1024

/** Whether these bytes stand for a file that Git LFS keeps elsewhere. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return (
    bytes.length < LONGEST && Buffer.from(bytes.subarray(0, POINTER.length)).toString('latin1') === POINTER
  )
}
