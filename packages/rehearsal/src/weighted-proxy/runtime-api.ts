import type { Pool, PoolServer, ServerMode } from './pool.js'

export type Level = 'admin' | 'operator'

/**
 * Answers a line of HAProxy's runtime API as HAProxy 2.6 does, in the subset that moves weights:
 * `set server <b>/<s> weight|state`, `set weight`, `get weight`, `show servers state`. Commands may be joined by
 * `;`. The texts are HAProxy's own; the interop test holds them against the real one.
 */
export function answer(pool: Pool, line: string, level: Level): string {
  return line
    .split(';')
    .map((command) => `${one(pool, command.trim(), level)}\n`)
    .join('')
}

function one(pool: Pool, command: string, level: Level): string {
  const words = command.split(/\s+/)
  const two = words.slice(0, 2).join(' ')
  if (two === 'get weight') return withServer(pool, words[2], weightText)
  if (words.slice(0, 3).join(' ') === 'show servers state') return serversState(pool, words[3])
  if (two === 'set weight' || two === 'set server') {
    if (level !== 'admin') return 'Permission denied\n'
    return withServer(pool, words[2], (server) =>
      two === 'set weight' ? setWeight(server, words[3]) : setServer(server, words.slice(3)),
    )
  }
  return 'Unknown command.\n'
}

function withServer(pool: Pool, name: string | undefined, act: (server: PoolServer) => string): string {
  const [backend, server] = (name ?? '').split('/')
  if (server === undefined) return "Require 'backend/server'.\n"
  if (backend !== pool.backend) return 'No such backend.\n'
  const found = pool.servers.find((candidate) => candidate.name === server)
  return found ? act(found) : 'No such server.\n'
}

function weightText(server: PoolServer): string {
  return `${server.weight} (initial ${server.initial})\n`
}

const USAGE =
  'usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n'

function setServer(server: PoolServer, [what, value]: readonly string[]): string {
  if (what === 'weight') return setWeight(server, value)
  if (what !== 'state') return USAGE
  if (value !== 'ready' && value !== 'drain' && value !== 'maint') {
    return "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n"
  }
  server.mode = value
  server.changedAt = Date.now()
  return ''
}

/** As `server_parse_weight_change_request` (server.c): a percent is relative to the configured weight. */
function setWeight(server: PoolServer, text: string | undefined): string {
  if (text === undefined) return 'Require <weight> or <weight%>.\n'
  const parsed = /^([+-]?\d+)(.*)$/.exec(text)
  if (!parsed) return 'Empty weight string empty or preceded by garbage'
  const [, digits, rest] = parsed
  const number = Number(digits)
  if (rest === '%') {
    if (number < 0) return 'Relative weight must be positive.\n'
    server.weight = Math.min(256, Math.floor((server.initial * number) / 100))
    return ''
  }
  if (rest !== '') return 'Trailing garbage in weight string'
  if (number < 0 || number > 256) return 'Absolute weight can only be between 0 and 256 inclusive.\n'
  server.weight = number
  return ''
}

const HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port'

/** Operational state and administrative bits as HAProxy shows them: maintenance stops, draining does not. */
const STATES: Record<ServerMode, string> = { ready: '2 0', drain: '2 8', maint: '0 1' }

function serversState(pool: Pool, backend: string | undefined): string {
  if (backend !== undefined && backend !== pool.backend) return "Can't find backend.\n"
  const rows = pool.servers.map((server, index) => {
    const since = Math.floor((Date.now() - server.changedAt) / 1000)
    const head = `3 ${pool.backend} ${index + 1} ${server.name} ${server.url.hostname} ${STATES[server.mode]}`
    return `${head} ${server.weight} ${server.initial} ${since} 1 0 2 0 0 0 0 - ${server.url.port || 80} - 0 0 - - 0`
  })
  return `1\n${HEADER}\n${rows.join('\n')}\n`
}
