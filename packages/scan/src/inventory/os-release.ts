/** A distribution, as `os-release` names it (os-release(5)). */
export interface Distribution {
  readonly id: string
  readonly version: string
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly name: string
}

/** Reads an os-release file; undefined when it has no ID. */
export function parseOsRelease(text: string): Distribution | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim())
    if (match !== null) values.set(match[1]!, unquote(match[2]!))
  }
  const id = values.get('ID')
  if (id === undefined || id === '') return undefined
  const version = values.get('VERSION_ID') ?? ''
  return { id, version, name: values.get('PRETTY_NAME') ?? `${id} ${version}`.trim() }
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value)
  return (quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, '$1')
}

/** The name of a distribution's release in OSV (ossf.github.io/osv-schema, "Defined ecosystems"). */
export function ecosystemOf({ id, version }: Distribution): string | undefined {
  switch (id) {
    case 'debian':
      return /^\d+$/.test(version) ? `Debian:${version}` : undefined
    case 'ubuntu':
      return /^\d+\.\d+$/.test(version) ? `Ubuntu:${version}` : undefined
    case 'alpine': {
      // Edge names the release to come, `3.24.0_alpha20260805`, for which there are no advisories.
      const match = /^(\d+\.\d+)\.\d+$/.exec(version)
      return match === null ? undefined : `Alpine:v${match[1]}`
    }
    case 'wolfi':
      return 'Wolfi'
    case 'chainguard':
      return 'Chainguard'
    default:
      return undefined
  }
}
