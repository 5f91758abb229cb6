import { IMAGE_LIMITS } from './limits.js'

/** What a file of an image is to the scan. */
export type Role =
  | 'os-release'
  | 'dpkg'
  | 'apk'
  | 'python'
  /** Its presence matters, its content is not read. */
  | 'rpm'
  | 'npm'
  | 'java'
  | 'ruby'
  | 'conda'

interface Rule {
  readonly role: Role
  readonly pattern: RegExp
  /** Bytes that are kept; 0 keeps only the path. */
  readonly keep: number
}

const RULES: readonly Rule[] = [
  { role: 'os-release', pattern: /^(?:etc|usr\/lib)\/os-release$/, keep: IMAGE_LIMITS.metadata },
  { role: 'dpkg', pattern: /^var\/lib\/dpkg\/status$/, keep: IMAGE_LIMITS.database },
  // Distroless images have one file a package; the `.md5sums` beside them are lists of files.
  { role: 'dpkg', pattern: /^var\/lib\/dpkg\/status\.d\/[^/]+(?<!\.md5sums)$/, keep: IMAGE_LIMITS.database },
  { role: 'apk', pattern: /^(?:usr\/)?lib\/apk\/db\/installed$/, keep: IMAGE_LIMITS.database },
  {
    role: 'python',
    pattern: /\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info|egg\/EGG-INFO\/PKG-INFO)$/,
    keep: IMAGE_LIMITS.metadata,
  },
  {
    role: 'rpm',
    pattern: /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm)\/(?:Packages(?:\.db)?|rpmdb\.sqlite)$/,
    keep: 0,
  },
  { role: 'npm', pattern: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/, keep: 0 },
  { role: 'java', pattern: /\.(?:jar|war|ear)$/, keep: 0 },
  { role: 'ruby', pattern: /\/specifications\/[^/]+\.gemspec$/, keep: 0 },
  { role: 'conda', pattern: /\/conda-meta\/[^/]+\.json$/, keep: 0 },
]

/** The role of a path, relative to the image's root; undefined for a file that the scan does not want. */
export function wanted(path: string): Rule | undefined {
  return RULES.find(({ pattern }) => pattern.test(path))
}
