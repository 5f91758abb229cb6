import { SEVERITIES } from '@sluice/config'
import {
  commonInputs,
  defineAction,
  type InputsOf,
  list,
  oneOf,
  path,
  subjectInput,
  text,
} from '@sluice/toolkit'
import { scanImage } from './image-scan.js'

export const inputs = {
  ...commonInputs,
  image: text({
    description:
      'The image: `host/repository@sha256:<digest>`, `oci:<folder>[:tag]`, or `docker-archive:<file.tar>`.',
    required: true,
  }),
  platforms: list({
    description: 'Platforms of a multi-platform image to scan, such as `linux/amd64`; all by default.',
    default: [],
  }),
  advisories: path({
    description: 'Folder or zip of OSV records; overrides `scan.images.advisories` of sluice.yaml.',
  }),
  reports: list({
    description:
      'Reports of other scanners about the same image, to be judged with ours or instead: Trivy, Grype or OSV-Scanner JSON, or SARIF.',
    default: [],
  }),
  severity: oneOf(SEVERITIES, {
    description:
      'The mildest severity that fails; overrides `scan.images.failOn` of sluice.yaml, which is `high` by default.',
  }),
  subject: subjectInput,
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'image-scan',
  description: 'Fails when an image holds packages with known vulnerabilities.',
  branding: { icon: 'search', color: 'purple' },
  permissions: {
    contents: 'read, to see sluice.yaml and advisories',
    packages: 'read, only when the image is in a registry of GitHub',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    digest: 'Digest of what `image` names.',
    packages: 'How many packages were found.',
    vulnerabilities: 'How many known vulnerabilities were found, those accepted by waivers included.',
    'advisories-updated': 'When the advisories were last updated, RFC 3339; empty without any.',
  },
  example: { image: 'ghcr.io/octo-org/flight-delays@sha256:…', advisories: 'advisories/debian.zip' },
  run: scanImage,
})
