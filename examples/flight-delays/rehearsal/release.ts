import { type BuiltImage, buildImage } from './image.ts'
import { outcomeOf, type Story } from './story.ts'
import { EXAMPLE, type Stage, type World } from './world.ts'

/** What is released: an image, and the column of its scores in the held-out flights. */
export interface Release extends BuiltImage {
  readonly tag: string
  readonly model: string
  /** `flight-delays@sha256:…` */
  readonly subject: string
}

/** Makes the image of a release in the workspace's OCI layout. */
export async function build(
  world: World,
  options: {
    readonly tag: string
    readonly model: string
    readonly base?: 'base' | 'base-vulnerable'
    readonly env?: Record<string, string>
  },
): Promise<Release> {
  const image = await buildImage({ example: EXAMPLE, layout: `${world.workspace}/build/image`, ...options })
  return {
    ...image,
    ...options,
    reference: `oci:build/image:${options.tag}`,
    subject: `flight-delays@${image.digest}`,
  }
}

/** Every gate of the road, each leaving a statement about the release. Stops at the first that does not pass. */
export async function gates(story: Story, world: World, release: Release, first = false): Promise<boolean> {
  const { runner } = world
  const { subject, tag, model } = release
  const reports = `.sluice/${tag}`
  const common = { subject, 'report-directory': reports }
  const gate = (title: string, action: string, inputs: Record<string, string>) =>
    story.play(title, action, 'pass', async () =>
      outcomeOf(await runner.run(action, { inputs: { ...common, ...inputs } })),
    )
  const table = 'data/holdout.parquet'
  return (
    (await gate('everything the build fetches is pinned', 'pin-check', {})) &&
    (await gate('the model file only holds data', 'model-scan', { paths: `models/${model}` })) &&
    (await gate('no known vulnerability in the image', 'image-scan', { image: release.reference })) &&
    (await gate(
      first
        ? 'the first release meets the absolute rules'
        : 'better than the champion, and worse at no airport',
      'model-gate',
      first
        ? { candidate: table, 'candidate-column': 'champion', 'first-release': 'true' }
        : { candidate: table, champion: table, 'candidate-column': model },
    ))
  )
}

/** Signs the release with provenance and the gates' statements, and verifies what was signed. */
export async function seal(story: Story, world: World, release: Release): Promise<boolean> {
  const { runner, key } = world
  return (
    (await story.play('provenance and the gates’ statements, signed', 'sign', 'pass', async () =>
      outcomeOf(
        await runner.run('sign', {
          inputs: {
            subject: `oci:build/image@${release.digest}`,
            statements: `.sluice/${release.tag}/*.statement*.json`,
            store: 'oci',
            key,
          },
        }),
      ),
    )) &&
    (await story.play('the signatures hold, by the release key', 'verify', 'pass', async () =>
      outcomeOf(
        await runner.run('verify', {
          inputs: {
            subject: `oci:build/image@${release.digest}`,
            'predicate-types': 'provenance\ntest-result\nvulns\nevaluation',
            key: 'keys/release.pub',
            store: 'oci',
            content: 'true',
          },
        }),
      ),
    ))
  )
}

/** Promotes the release to each stage in turn. */
export async function promoteTo(
  story: Story,
  world: World,
  release: Release,
  stages: readonly Stage[],
): Promise<boolean> {
  for (const stage of stages) {
    const from =
      stage === 'dev' ? { subject: `oci:build/image@${release.digest}` } : { subject: release.digest }
    const held = await story.play(`${release.tag} to ${stage}`, 'promote', 'pass', async () =>
      outcomeOf(await world.runner.run('promote', { inputs: { ...from, to: stage, key: world.key } })),
    )
    if (!held) return false
  }
  return true
}
