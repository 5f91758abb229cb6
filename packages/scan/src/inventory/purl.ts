import { PackageURL } from 'packageurl-js'
import type { Distribution } from './os-release.js'

/** The package URL of a distribution's package (purl-spec, types deb and apk). */
export function purlOf(
  type: 'deb' | 'apk',
  { id, version: release }: Distribution,
  name: string,
  version: string,
  architecture: string | undefined,
): string {
  const qualifiers = {
    ...(architecture === undefined ? {} : { arch: architecture }),
    distro: release === '' ? id : `${id}-${release}`,
  }
  return new PackageURL(type, id, name, version, qualifiers, undefined).toString()
}
