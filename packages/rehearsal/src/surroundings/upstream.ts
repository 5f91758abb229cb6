/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** This machine's own proxy for an https host, by HTTPS_PROXY and NO_PROXY as curl reads them; undefined for none. Pure. */
export function upstreamOf(host: string, env: Environment): URL | undefined {
  const proxy = env['https_proxy'] || env['HTTPS_PROXY']
  if (!proxy || !URL.canParse(proxy)) return undefined
  return entries(env).some((entry) => covers(entry, host)) ? undefined : new URL(proxy)
}

/**
 * What a job that goes through a gateway is told of plain http and of hosts that need no proxy: what the machine says,
 * but for what would lead past the gateway to one of `hosts`. Pure.
 */
export function beside(gateway: string, hosts: readonly string[], env: Environment): Record<string, string> {
  const own = entries(env)
  const kept = own.filter((entry) => entry !== '*' && !hosts.some((host) => covers(entry, host)))
  const spared = ['127.0.0.1', 'localhost', ...kept].join(',')
  return {
    HTTPS_PROXY: gateway,
    https_proxy: gateway,
    NO_PROXY: spared,
    no_proxy: spared,
    // A machine that spares every host uses no proxy at all.
    ...(own.includes('*') ? { HTTP_PROXY: '', http_proxy: '' } : {}),
  }
}

function entries(env: Environment): readonly string[] {
  const text = env['no_proxy'] || env['NO_PROXY'] || ''
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
}

function covers(entry: string, host: string): boolean {
  const suffix = entry.replace(/^\*?\./, '').replace(/:\d+$/, '')
  const name = host.toLowerCase()
  return entry === '*' || name === suffix || name.endsWith(`.${suffix}`)
}
