import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Release } from '../release.ts'
import { outcomeOf, type Story } from '../story.ts'
import type { World } from '../world.ts'

const SLUICE = fileURLToPath(new URL('../../../../packages/cli/lib/main.js', import.meta.url))

/** 4. One byte of the promoted model is changed in prod's registry: nothing takes it any more. */
export async function changeIsRefused(story: Story, world: World, release: Release): Promise<void> {
  const { registries, runner, target, key } = world
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
            key: 'keys/release.pub',
            content: 'true',
          },
        }),
      ),
  )
  await story.play('promoting it once more', 'promote', 'refused', async () => {
    const step = await runner.run('promote', { inputs: { subject: release.digest, to: 'prod', key } })
    const outcome = outcomeOf(step)
    const refused = step.code === 1 && step.outputs['verdict'] !== 'pass'
    return { ...outcome, seen: refused ? 'refused' : `exit ${step.code}` }
  })
  await writeFile(blob, original)
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

function sluice(world: World, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SLUICE, ...args], { cwd: world.workspace }, (error, stdout, stderr) => {
      if (error) reject(new Error(`sluice ${args.join(' ')}: ${stderr.trim() || error.message}`))
      else resolve(stdout)
    })
  })
}
