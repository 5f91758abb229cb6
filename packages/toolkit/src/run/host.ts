import { resolve } from 'node:path'
import type { Context, Fetch } from '../context.js'
import { createFetch } from '../http/client.js'
import { openWorkspace } from '../workspace.js'
import { systemClock } from './clock.js'
import { requestIdentityToken } from './identity-token.js'
import { createLog, type Masks } from './log.js'
import { type Environment, readRunContext } from './run-context.js'

/** The process around a run: what is left to the operating system and the runner. */
export interface Host {
  readonly env: Environment
  /** Folder that a relative `working-directory` starts from. */
  readonly cwd: string
  readonly signal: AbortSignal
  readonly masks: Masks
  /** Writes a sanitised log line, newline included. */
  readonly log: (line: string) => void
  /** Takes debug lines; absent when nobody asked for them. */
  readonly debug?: (text: string) => void
  /** Tells the runner to mask a value; absent outside one. */
  readonly mask?: (value: string) => void
  /** Replaces the network, in tests. */
  readonly fetch?: Fetch
}

/** Hides a value in our own output, and in everything the runner shows. */
export function mask(host: Host, value: string): void {
  if (value === '') return
  host.masks.add(value)
  host.mask?.(value)
}

/** The context of a run in `workingDirectory`. @throws SluiceError FILE_NOT_FOUND when there is no such folder */
export async function createContext(host: Host, workingDirectory: string): Promise<Context> {
  const log = createLog(host.log, host.masks, host.debug)
  const fetch = host.fetch ?? createFetch({ clock: systemClock, signal: host.signal, log })
  return {
    workspace: await openWorkspace(resolve(host.cwd, workingDirectory)),
    log,
    clock: systemClock,
    fetch,
    run: await readRunContext(host.env),
    signal: host.signal,
    identityToken: async (audience) => {
      const token = await requestIdentityToken(host.env, fetch, audience)
      mask(host, token)
      return token
    },
    variable: (name) => host.env[name] || undefined,
    mask: (value) => mask(host, value),
    masked: (text) => host.masks.hide(text) !== text,
  }
}
