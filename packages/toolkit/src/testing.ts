import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Action, InputDeclarations, InputsOf } from './action.js'
import type { Context, Fetch, RunContext } from './context.js'
import { Masks } from './run/log.js'
import { openWorkspace } from './workspace.js'

/** A context over a temporary folder, with a clock that stands still and no network unless one is given. */
export interface TestContext extends Context, AsyncDisposable {
  readonly lines: string[]
  /** Milliseconds slept so far; the clock moved on by as much. */
  slept(): number
}

/** Makes a `TestContext`; `await using context = await testContext({ files })` removes its folder. */
export async function testContext(
  options: {
    readonly files?: Readonly<Record<string, string | Uint8Array>>
    readonly now?: string
    readonly fetch?: Fetch
    readonly run?: RunContext
    readonly variables?: Readonly<Record<string, string>>
    readonly identityToken?: (audience: string) => Promise<string>
  } = {},
): Promise<TestContext> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'sluice-test-')))
  for (const [file, data] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), data)
  }
  const masks = new Masks()
  const lines: string[] = []
  const start = Date.parse(options.now ?? '2026-03-03T12:00:00Z')
  let slept = 0
  const now = () => new Date(start + slept)
  return {
    workspace: await openWorkspace(root),
    lines,
    slept: () => slept,
    log: {
      debug: (text) => lines.push(`debug: ${text}`),
      info: (text) => lines.push(text),
      warning: (text) => lines.push(`warning: ${text}`),
    },
    clock: {
      now,
      today: () => now().toISOString().slice(0, 10),
      sleep: async (milliseconds, signal) => {
        signal?.throwIfAborted()
        slept += milliseconds
      },
    },
    fetch:
      options.fetch ??
      (() =>
        Promise.reject(
          new SluiceError('NETWORK_UNREACHABLE', 'This test has no network.', {
            remedy: 'Give it a `fetch`.',
            kind: 'surroundings',
          }),
        )),
    run: options.run ?? { kind: 'local' },
    signal: new AbortController().signal,
    identityToken:
      options.identityToken ??
      (() =>
        Promise.reject(
          new SluiceError('OIDC_TOKEN_UNAVAILABLE', 'There is no identity token in this test.', {
            remedy: 'Give it one.',
          }),
        )),
    variable: (name) => options.variables?.[name],
    mask: (value) => masks.add(value),
    masked: (text) => masks.hide(text) !== text,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** The values an action gets when nothing but `given` is set: declared defaults for the rest. */
export function inputsWith<D extends InputDeclarations>(
  action: Action<D>,
  given: Partial<InputsOf<D>>,
): InputsOf<D> {
  const values: Record<string, unknown> = {}
  for (const [key, input] of Object.entries(action.inputs)) values[key] = input.absent
  return { ...values, ...given } as InputsOf<D>
}
