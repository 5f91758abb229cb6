import { SluiceError } from '@sluice/errors'
import type { Condition } from './traffic.js'

/** One row of `show servers state`, the columns that Sluice reads. */
export interface ServerRow {
  readonly backend: string
  readonly server: string
  readonly weight: number
  readonly condition: Condition
}

/**
 * HAProxy answers errors in prose without a code, and success with an empty line. These are the texts of 2.6
 * (cli.c, server.c, backend.c), each seen from the running server in the interop test.
 */
const REFUSALS = [
  ['Permission denied', 'TRAFFIC_DENIED', 'Give the socket `level admin` in `stats socket`.'],
  ['No such backend', 'TRAFFIC_NO_BACKEND', 'Correct the name of the backend.'],
  ["Can't find backend", 'TRAFFIC_NO_BACKEND', 'Correct the name of the backend.'],
  ['No such server', 'TRAFFIC_NO_SERVER', 'Correct the name of the server.'],
  [
    'Backend is using a static LB algorithm',
    'TRAFFIC_STATIC_BALANCE',
    'Use `balance roundrobin` or `balance random(1)` in the backend.',
  ],
  ['Absolute weight can only be between', 'TRAFFIC_WEIGHT_REFUSED', 'Use weights from 0 to 256.'],
] as const

/** @throws SluiceError with the code for HAProxy's text, unless the answer is the empty line of success */
export function expectSuccess(answer: string, command: string): void {
  if (answer === '\n') return
  if (answer === '') throw malformed(command, 'nothing, not even the empty line of success')
  throw refusal(answer, command)
}

function refusal(answer: string, command: string): SluiceError {
  const known = REFUSALS.find(([text]) => answer.startsWith(text))
  const message = `HAProxy refused \`${command}\`: ${firstLine(answer)}`
  if (known) return new SluiceError(known[1], message, { remedy: known[2], kind: 'surroundings' })
  return new SluiceError('TRAFFIC_REFUSED', message, {
    remedy: "Read HAProxy's answer; the commands are those of version 2.4 and later.",
    kind: 'surroundings',
  })
}

function firstLine(answer: string): string {
  return JSON.stringify(answer.split('\n', 1)[0]!.slice(0, 200))
}

/** Column names of format version 1 (management guide, `show servers state`). */
const COLUMNS = ['be_name', 'srv_name', 'srv_op_state', 'srv_admin_state', 'srv_uweight'] as const
const MAX_ROWS = 10_000

/**
 * Parses `show servers state [<backend>]`. Pure.
 * @throws SluiceError as `expectSuccess` for an error text; TRAFFIC_ANSWER_MALFORMED for anything else unread
 */
export function parseServersState(answer: string, command: string): ServerRow[] {
  const lines = answer.split('\n').filter((line) => line !== '')
  if (lines[0] !== '1') {
    if (lines.length === 1 || REFUSALS.some(([text]) => answer.startsWith(text)))
      throw refusal(answer, command)
    throw malformed(command, `format version ${firstLine(answer)} where 1 was expected`)
  }
  if (!answer.endsWith('\n\n')) throw malformed(command, 'a table without its end')
  const header = lines[1]?.replace(/^# /, '').split(' ') ?? []
  const at = COLUMNS.map((name) => header.indexOf(name))
  if (at.includes(-1)) throw malformed(command, 'a table without the expected columns')
  if (lines.length - 2 > MAX_ROWS) throw malformed(command, `more than ${MAX_ROWS} servers`)
  return lines.slice(2).map((line) => {
    const cells = line.split(' ')
    const [backend, server, op, admin, weight] = at.map((index) => cells[index])
    const numbers = [op, admin, weight].map((cell) =>
      /^\d{1,6}$/.test(cell ?? '') ? Number(cell) : Number.NaN,
    )
    if (backend === undefined || server === undefined || numbers.some(Number.isNaN)) {
      throw malformed(command, `the row ${firstLine(line)}`)
    }
    return { backend, server, weight: numbers[2]!, condition: conditionOf(numbers[0]!, numbers[1]!) }
  })
}

/** Forced, inherited, by name resolution, by a host name set at run time. Bit 4 only remembers the configuration. */
const MAINTENANCE = 0x01 | 0x02 | 0x20 | 0x40
const DRAIN = 0x08 | 0x10

/** @param op 0 stopped, 1 starting, 2 running, 3 stopping softly; @param admin the bits above */
function conditionOf(op: number, admin: number): Condition {
  if ((admin & MAINTENANCE) !== 0) return 'maintenance'
  if ((admin & DRAIN) !== 0 || op === 3) return 'draining'
  return op === 0 ? 'down' : 'ready'
}

function malformed(command: string, found: string): SluiceError {
  return new SluiceError('TRAFFIC_ANSWER_MALFORMED', `The answer to \`${command}\` holds ${found}.`, {
    remedy: 'Check that the address is the runtime socket of HAProxy 2.4 or later.',
    kind: 'surroundings',
  })
}
