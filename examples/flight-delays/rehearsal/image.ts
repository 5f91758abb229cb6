import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { openRepository, writeImage } from '@sluice/oci'

/** An image of the model server in an OCI layout. */
export interface BuiltImage {
  /** `oci:<folder>:<tag>` */
  readonly reference: string
  /** `sha256:<hex>` of the manifest. */
  readonly digest: string
}

/**
 * Makes the image that the Dockerfile describes, without a container engine: the base's package list, the server,
 * the model. The base is only what a scanner reads of one (release file and package list), for the machine may have
 * no registry to take a whole one from.
 */
export async function buildImage(options: {
  /** The example's folder. */
  readonly example: string
  /** The OCI layout's folder. */
  readonly layout: string
  readonly tag: string
  readonly model: string
  readonly base?: 'base' | 'base-vulnerable'
  readonly env?: Readonly<Record<string, string>>
}): Promise<BuiltImage> {
  const { example, layout, tag, model, base = 'base', env = {} } = options
  const repository = await openRepository(`oci:${layout}`, { fetch })
  const compiled = (file: string) => file.endsWith('.js')
  const descriptor = await writeImage(repository, {
    layers: [
      { files: await filesBelow(join(example, 'image', base), '') },
      {
        files: new Map([
          ...(await filesBelow(join(example, 'server/lib'), 'app/lib', compiled)),
          ['app/package.json', { file: join(example, 'server/package.json') }],
        ]),
      },
      { files: await filesBelow(join(example, 'models', model), 'app/model') },
    ],
    config: {
      entrypoint: ['/nodejs/bin/node', '/app/lib/main.js'],
      env: { HOST: '0.0.0.0', PORT: '8080', MODEL: '/app/model', ...env },
      user: '65532:65532',
      exposedPorts: ['8080/tcp'],
      labels: { 'org.opencontainers.image.title': `flight-delays ${tag}` },
    },
    tag,
  })
  return { reference: `oci:${layout}:${tag}`, digest: descriptor.digest }
}

/** Path in the image to file on disk, for every regular file below `folder`. */
async function filesBelow(
  folder: string,
  prefix: string,
  wanted: (file: string) => boolean = () => true,
): Promise<Map<string, { file: string }>> {
  const found = new Map<string, { file: string }>()
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !wanted(file)) continue
    const path = relative(folder, file).split('\\').join('/')
    found.set(prefix === '' ? path : `${prefix}/${path}`, { file })
  }
  return found
}
