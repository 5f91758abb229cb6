import { randomBytes } from 'node:crypto'
import type { Permissions } from '../contract.js'

const DAY = 24 * 60 * 60 * 1000

/** Who holds a token: a job with what it may do, or the person who reviews deployments. */
export type Caller =
  | { readonly kind: 'job'; readonly job: string; readonly permissions: Permissions }
  | { readonly kind: 'person'; readonly login: string }

/** Tokens handed out; each ends when its job does, or after 24 hours as on GitHub. */
export class Tokens {
  readonly #held = new Map<string, { readonly caller: Caller; readonly until: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  issue(caller: Caller): string {
    const token = `ghs_${randomBytes(27).toString('base64url')}`
    this.#held.set(token, { caller, until: this.#now() + DAY })
    return token
  }

  holder(token: string | undefined): Caller | undefined {
    const held = this.#held.get(token ?? '')
    return held && held.until > this.#now() ? held.caller : undefined
  }

  revoke(token: string): void {
    this.#held.delete(token)
  }
}

/** Whether `permissions` grant `level` for a key; `write` holds `read`, and what is absent is none. */
export function grants(permissions: Permissions, key: string, level: 'read' | 'write'): boolean {
  const given = permissions[key] ?? 'none'
  return given === 'write' || given === level
}
