import { parseReference } from '@sluice/oci'
import { openWorkspace } from '@sluice/toolkit'
import { parse } from 'yaml'

/** What of a repository's sluice.yaml lies outside of it. */
export interface Outside {
  /** Hosts of the registries that environments and ledgers name. */
  readonly registries: readonly string[]
  /** What a canary talks to, as the file names it. */
  readonly rollout: readonly string[]
}

const LIMIT = 1024 * 1024

/**
 * Reads every sluice.yaml of a folder, without judging it: one that is wrong is told by the actions that read it, with
 * line and column.
 */
export async function readOutside(folder: string): Promise<Outside> {
  const workspace = await openWorkspace(folder)
  const files = await workspace.glob(['sluice.yaml', '**/sluice.yaml'])
  const read = await Promise.all(
    files.map(async (file) => outsideOf(await workspace.readText(file, LIMIT).catch(() => ''))),
  )
  return {
    registries: [...new Set(read.flatMap(({ registries }) => registries))],
    rollout: [...new Set(read.flatMap(({ rollout }) => rollout))],
  }
}

/** As `readOutside`, on one file's text. Pure. */
export function outsideOf(text: string): Outside {
  let config: unknown
  try {
    config = parse(text, { maxAliasCount: 100 })
  } catch {
    config = undefined
  }
  const environments = Object.values(record(record(config)['environments']))
  const registries = environments.flatMap((environment) => {
    const { target, ledger } = record(environment)
    return [target, typeof ledger === 'string' && ledger.startsWith('oci://') ? ledger.slice(6) : ''].flatMap(
      registryOf,
    )
  })
  const { traffic, metrics } = record(record(config)['rollout'])
  return {
    registries,
    rollout: [...texts(traffic, 'rollout.traffic'), ...texts(metrics, 'rollout.metrics')],
  }
}

/** The host of a text that names a repository of a registry; nothing for any other text. Pure. */
export function registryOf(text: unknown): readonly string[] {
  if (typeof text !== 'string' || !text.includes('/')) return []
  try {
    const reference = parseReference(text)
    return reference.kind === 'registry' ? [reference.host] : []
  } catch {
    return []
  }
}

/** Texts below a key that look like an address or a socket, with the key's path. */
function texts(value: unknown, path: string): string[] {
  if (typeof value === 'string') return /[/:]/.test(value) ? [`${path}: ${value}`] : []
  if (Array.isArray(value)) return value.flatMap((one) => texts(one, path))
  return Object.entries(record(value)).flatMap(([key, inner]) => texts(inner, `${path}.${key}`))
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
