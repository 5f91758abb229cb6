import fc from 'fast-check'
import { expect, test } from 'vitest'
import { follow, redirectTarget } from '../../src/http/redirect.js'

const from = new URL('https://registry.example/v2/')
const request = {
  url: from,
  method: 'GET',
  headers: new Headers({ authorization: 'Bearer s' }),
  body: undefined,
}

test.each(['http://registry.example/', 'file:///etc/passwd', 'data:text/plain,x'])(
  'https never leads to %s',
  (target) => {
    expect(() => follow(request, 302, new URL(target))).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_REFUSED' }),
    )
  },
)

test('credentials in a target are dropped', () => {
  const response = new Response(null, {
    status: 302,
    headers: { location: 'https://user:pass@cdn.example/x' },
  })
  expect(redirectTarget(response, from)?.href).toBe('https://cdn.example/x')
})

test('no credential reaches another origin, wherever a redirect leads', () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }), (target) => {
      const next = follow(request, 307, new URL(target))
      expect(next.headers.has('authorization')).toBe(next.url.origin === from.origin)
    }),
  )
})
