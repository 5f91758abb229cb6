import { parseArgs } from 'node:util'

export interface Options {
  readonly model: string
  readonly host: string
  readonly port: number
  /** The label of metrics and answers; the model's own name where none is given. */
  readonly version: string | undefined
  readonly failShare: number
  readonly failSeed: number
}

export class UsageError extends Error {
  override name = 'UsageError'
}

export const HELP = `flight-delays-server: scores flights from a model folder.

  --model <folder>      MODEL       holds model.json and model.safetensors; required
  --host <address>      HOST        default 127.0.0.1
  --port <number>       PORT        default 8080; 0 takes any free port, printed as a line of JSON
  --version <label>     VERSION     in metrics and answers; default the model's name
  --fail-share <share>  FAIL_SHARE  answers this share of predictions (0 to 1) with 500: a rehearsal's
                                    build that passes offline and errs under traffic; default 0
  --fail-seed <number>  FAIL_SEED   which predictions those are; default 1
  --help

A flag wins over its environment variable.
`

/** @throws UsageError that says what was found and expected */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options | 'help' {
  const flags = readFlags(args)
  if (flags.help) return 'help'
  const text = (flag: Exclude<keyof typeof flags, 'help'>): string | undefined =>
    flags[flag] ?? env[flag.toUpperCase().replace('-', '_')] ?? undefined
  const number = (
    flag: 'port' | 'fail-share' | 'fail-seed',
    fallback: number,
    max: number,
    whole: boolean,
  ): number => {
    const given = text(flag)
    if (given === undefined) return fallback
    const value = given.trim() === '' ? Number.NaN : Number(given)
    if (value >= 0 && value <= max && (!whole || Number.isInteger(value))) return value
    throw new UsageError(
      `--${flag}: found ${given}, expected a ${whole ? 'whole ' : ''}number from 0 to ${max}`,
    )
  }
  const model = text('model')
  if (!model) throw new UsageError('--model: expected the folder that holds model.json')
  return {
    model,
    host: text('host') ?? '127.0.0.1',
    port: number('port', 8080, 65_535, true),
    version: text('version'),
    failShare: number('fail-share', 0, 1, false),
    failSeed: number('fail-seed', 1, 2 ** 32 - 1, true),
  }
}

function readFlags(args: readonly string[]) {
  const one = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: one,
        host: one,
        port: one,
        version: one,
        'fail-share': one,
        'fail-seed': one,
        help: { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
