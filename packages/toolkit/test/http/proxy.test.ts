import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { useProxyOf } from '../../src/http/proxy.js'
import { localServer } from './server.js'

test('requests go through the proxy of the environment, but not to this machine or to NO_PROXY', async () => {
  await using here = await localServer((_, response) => response.end('here'))
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(request.url)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const undo = useProxyOf({ HTTPS_PROXY: address, http_proxy: address, NO_PROXY: 'skipped.invalid' })
  try {
    expect(await (await fetch(here.origin)).text()).toBe('here')
    await expect(fetch('https://registry.invalid/v2/')).rejects.toThrow()
    await expect(fetch('https://skipped.invalid/')).rejects.toThrow()
    expect(asked).toEqual(['registry.invalid:443'])
  } finally {
    undo()
    proxy.close()
  }
})
