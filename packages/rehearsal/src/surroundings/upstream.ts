/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** This machine's own proxy for an https host, by HTTPS_PROXY and NO_PROXY as curl reads them; undefined for none. Pure. */
export function upstreamOf(host: string, env: Environment): URL | undefined {
  const proxy = env['https_proxy'] || env['HTTPS_PROXY']
  if (!proxy || !URL.canParse(proxy)) return undefined
  const spared = (env['no_proxy'] || env['NO_PROXY'] || '').toLowerCase().split(/[\s,]+/)
  const name = host.toLowerCase()
  const direct = spared.some((entry) => {
    const suffix = entry.replace(/^\*?\./, '').replace(/:\d+$/, '')
    return entry === '*' || (suffix !== '' && (name === suffix || name.endsWith(`.${suffix}`)))
  })
  return direct ? undefined : new URL(proxy)
}
