import type { Reference } from './reference.js'

/** What to write instead, for a reference that is not pinned or not decidable. */
export function remedyFor({ kind, text, pin }: Reference): string {
  if (pin.state === 'unknown') return UNDECIDED[kind]
  switch (kind) {
    case 'action':
    case 'workflow': {
      const [path, ref] = text.split('@', 2) as [string, string?]
      const repository = path.split('/', 2).join('/')
      return `Pin to the 40-hex commit of ${ref}, keep the tag as comment: \`uses: ${path}@<commit> # ${ref}\`. \`git ls-remote https://github.com/${repository} '${ref}^{}' ${ref}\` prints it.`
    }
    case 'image': {
      const name = text.replace(/^docker:\/\//, '').split('@', 1)[0]!
      return `Pin to the digest, keep the tag: \`${name}@sha256:<digest>\`. \`docker buildx imagetools inspect ${name}\` or \`skopeo inspect docker://${name}\` prints it.`
    }
    case 'requirement':
      return 'Write `name==version --hash=sha256:<hash>` for every requirement; `pip-compile --generate-hashes` or `uv pip compile --generate-hashes` makes the whole file.'
    case 'download':
      return 'Add `--checksum=sha256:<hash>`; for a git repository put a 40-hex commit behind `#`.'
  }
}

const UNDECIDED: Record<Reference['kind'], string> = {
  action: 'Write the reference out: `owner/repo@<40-hex commit> # tag`, `./path` or `$/path`.',
  workflow: 'Write the reference out: `owner/repo/.github/workflows/x.yml@<40-hex commit> # tag`.',
  image:
    'Write the image out with its digest, give the build argument a pinned default, or accept it with a waiver.',
  requirement: 'Write the requirement out: `name==version --hash=sha256:<hash>`.',
  download: 'Write the checksum out.',
}
