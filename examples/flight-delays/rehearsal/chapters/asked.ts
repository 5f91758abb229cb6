import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../run.ts'
import { outcomeOf, type Story } from '../story.ts'
import type { Release, World } from '../world.ts'

const SLUICE = fileURLToPath(new URL('../../../../packages/cli/lib/main.js', import.meta.url))

/** 4. One byte of the promoted model is changed in prod's registry: nothing takes it any more. */
export async function changeIsRefused(story: Story, world: World, release: Release): Promise<void> {
  const { registries, runner, target } = world
  const blob = await modelLayer(world, release)
  const original = await readFile(blob)
  const changed = Buffer.from(original)
  const middle = changed.length >> 1
  changed[middle] = (changed[middle] as number) ^ 1
  await writeFile(blob, changed)
  await story.play(
    `byte ${middle} of the model changed in ${registries.prod.host}`,
    'verify',
    'fail',
    async () =>
      outcomeOf(
        await runner.run('verify', {
          inputs: {
            subject: `${target('prod')}@${release.digest}`,
            ...(await releaseIdentity(world)),
            content: 'true',
          },
        }),
      ),
  )
  const again = await run(world, 'release.yml', '4-changed', {
    event: 'workflow_dispatch',
    inputs: { image: release.image, model: release.model },
  })
  const refused = again.outcome.jobs.flatMap(({ name, result }) =>
    result.steps.map((step) => ({ name, step })),
  )
  const promoted = refused.findLast(({ step }) => step.id === 'promote')
  story.add({
    title: `releasing it once more: ${promoted?.name}`,
    by: 'promote',
    expected: 'refused',
    seen:
      promoted?.step.outcome === 'failure' && promoted.name.includes('prod')
        ? 'refused'
        : `${promoted?.step.outcome}`,
    milliseconds: promoted?.step.milliseconds ?? 0,
    headline: promoted?.step.outputs['headline'] ?? '',
    details: promoted?.step.annotations.map(({ message }) => message) ?? [],
  })
  await writeFile(blob, original)
}

/** Who must have signed, as sluice.yaml says it of the first requirement. */
async function releaseIdentity(world: World): Promise<Record<string, string>> {
  const text = await readFile(join(world.repository, 'sluice.yaml'), 'utf8')
  const field = (name: string) => new RegExp(`${name}: "([^"]+)"`).exec(text)?.[1] ?? ''
  return {
    identity: field('identity'),
    issuer: field('issuer'),
    repository: field('repository'),
    'trusted-root': 'trusted-root.json',
  }
}

/** The model's layer as prod's registry keeps it: the last one of the image. */
async function modelLayer({ registries }: World, release: Release): Promise<string> {
  const blobs = join(registries.prod.folder, 'blobs/sha256')
  const hex = (digest: string) => digest.slice('sha256:'.length)
  const manifest = JSON.parse(await readFile(join(blobs, hex(release.digest)), 'utf8')) as {
    layers: { digest: string }[]
  }
  return join(blobs, hex((manifest.layers.at(-1) as { digest: string }).digest))
}

/** 6. What served when, and on whose word; asked of the ledger from the command line. */
export async function ledgerAnswers(
  story: Story,
  world: World,
  expected: readonly { readonly when: string; readonly at?: Date; readonly release: Release }[],
): Promise<void> {
  for (const { when, at, release } of expected) {
    const time = at === undefined ? [] : ['--at', at.toISOString()]
    await story.play(`${when}: ${release.tag}`, 'ledger', release.digest.slice(0, 19), async () => {
      const args = ['ledger', 'prod', ...time]
      const { serving } = JSON.parse(await sluice(world, [...args, '--format', 'json'])) as {
        serving: { digest: string } | null
      }
      const details = (await sluice(world, args)).trim().split('\n')
      return {
        seen: serving?.digest.slice(0, 19) ?? 'nothing',
        headline: details[0] ?? '',
        details,
      }
    })
  }
}

export function sluice(world: World, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SLUICE, ...args], { cwd: world.repository }, (error, stdout, stderr) => {
      if (error) reject(new Error(`sluice ${args.join(' ')}: ${stderr.trim() || error.message}`))
      else resolve(stdout)
    })
  })
}
