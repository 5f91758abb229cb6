import { setGlobalProxyFromEnv } from 'node:http'
import type { Environment } from '../run/run-context.js'

const LOOPBACK = 'localhost,127.0.0.1,[::1]'

/**
 * Sends requests through the proxy that HTTPS_PROXY and HTTP_PROXY name, except to the hosts of NO_PROXY and to this
 * machine. Node does so only when it is asked to. Returns what undoes it.
 */
export function useProxyOf(env: Environment): () => void {
  const either = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const https = either('HTTPS_PROXY')
  const http = either('HTTP_PROXY')
  if (https === undefined && http === undefined) return () => {}
  return setGlobalProxyFromEnv({
    ...(https === undefined ? {} : { https_proxy: https }),
    ...(http === undefined ? {} : { http_proxy: http }),
    no_proxy: [either('NO_PROXY'), LOOPBACK].filter(Boolean).join(','),
  })
}
