import http from 'node:http'
import type { Environment } from '../run/run-context.js'

const LOOPBACK = 'localhost,127.0.0.1,[::1]'

/**
 * Sends requests through the proxy that HTTPS_PROXY and HTTP_PROXY name, except to the hosts of NO_PROXY and to this
 * machine. Node does so only when it is asked to. Returns what undoes it.
 */
export function useProxyOf(env: Environment): () => void {
  const either = (name: string) => env[name.toLowerCase()] || env[name] || undefined
  const https = either('HTTPS_PROXY')
  const plain = either('HTTP_PROXY')
  // Node has it from 24.14 on; an older one must still start, if without a proxy.
  if ((https === undefined && plain === undefined) || !('setGlobalProxyFromEnv' in http)) return () => {}
  return http.setGlobalProxyFromEnv({
    ...(https === undefined ? {} : { https_proxy: https }),
    ...(plain === undefined ? {} : { http_proxy: plain }),
    no_proxy: [either('NO_PROXY'), LOOPBACK].filter(Boolean).join(','),
  })
}
