import { SluiceError } from '@sluice/errors'
import type { Contexts } from '../contract.js'
import { at } from '../plan/refusals.js'
import type { Concurrency } from '../plan/workflow.js'
import type { Turn } from './concurrency.js'
import type { Shared } from './shared.js'

/** A concurrency group that is held, or why it is not. */
export type Held =
  | { readonly kind: 'held'; readonly group: string; readonly turn: Turn }
  | { readonly kind: 'cancelled'; readonly group: string }

/**
 * Waits for a job's or a workflow's concurrency group.
 * @param held groups that are held further up: waiting for one of them would never end
 * @throws SluiceError CONCURRENCY_CIRCLE, EXPRESSION_INVALID
 */
export async function takeTurn(
  shared: Shared,
  concurrency: Concurrency,
  contexts: Contexts,
  held: readonly string[],
  signal: AbortSignal,
  waiting: (group: string) => void,
): Promise<Held> {
  const { expressions, facts, groups } = shared
  const { place, queue } = concurrency
  const written = at(place, () => expressions.interpolate(concurrency.group, contexts))
  const cancelInProgress =
    at(place, () => expressions.interpolate(concurrency.cancelInProgress, contexts)) === 'true'
  const group = `${facts.repository}#${written}`.toLowerCase()
  if (held.includes(group)) {
    throw new SluiceError(
      'CONCURRENCY_CIRCLE',
      `${place.file}:${place.line}: the concurrency group \`${written}\` is held by the workflow around; it would wait for itself.`,
      { remedy: 'Give caller and callee groups of different names.', at: place },
    )
  }
  const turn = await groups.enter({ group, queue, cancelInProgress }, signal, () => waiting(written))
  return turn === 'cancelled' ? { kind: 'cancelled', group: written } : { kind: 'held', group, turn }
}
