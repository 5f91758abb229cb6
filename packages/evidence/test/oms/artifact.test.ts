import { parseManifest } from '@sluice/oci'
import { describe, expect, test } from 'vitest'
import { artifactFiles, loadableLayers } from '../../src/index.js'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const TITLE = 'org.opencontainers.image.title'
const TAR = 'application/vnd.oci.image.layer.v1.tar'
const EMPTY = 'application/vnd.oci.empty.v1+json'
const sha256 = `sha256:${'ab'.repeat(32)}`

interface Layer {
  readonly title: string
  readonly mediaType?: string
  readonly digest?: string
}

/** An artifact as its manifest says it, with a config of a type. */
function artifact(layers: readonly Layer[], config = EMPTY) {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: config, digest: sha256, size: 2 },
    layers: layers.map(({ title, mediaType = 'application/octet-stream', digest = sha256 }) => ({
      mediaType,
      digest,
      size: 1,
      annotations: { [TITLE]: title },
    })),
  }
  return parseManifest(Buffer.from(JSON.stringify(manifest)), MANIFEST)
}

const unmapped = expect.objectContaining({ code: 'MODEL_NOT_MAPPED' })

describe('a layer that is a file in an artifact', () => {
  test.each(['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'])(
    'is none in an image with the config %s, which unpacks it',
    (config) => {
      const layers = [{ title: 'weights.bin', mediaType: TAR }]
      expect(artifactFiles(artifact(layers), [])).toEqual([
        { path: 'weights.bin', sha256: 'ab'.repeat(32), size: 1 },
      ])
      expect(() => artifactFiles(artifact(layers, config), [])).toThrow(unmapped)
      expect(() => artifactFiles(artifact([...layers, { title: 'a' }], config), ['weights.bin'])).toThrow(
        unmapped,
      )
    },
  )

  test('is none that is named by another hash', () => {
    const digest = `sha512:${'ab'.repeat(64)}`
    expect(() => artifactFiles(artifact([{ title: 'weights.bin', digest }]), [])).toThrow(unmapped)
  })
})

test('what is left out and could be loaded is told by its name', () => {
  const layers = ['b.py', '.github/run.py', '.github/notes.txt', '.git', 'a'].map((title) => ({ title }))
  expect(loadableLayers(artifact(layers), ['.github', 'b.py', '.git'])).toEqual(['.github/run.py', 'b.py'])
})
