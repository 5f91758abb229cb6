import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../context.js'

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  today: () => new Date().toISOString().slice(0, 10),
  sleep: (milliseconds, signal) =>
    setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
}
