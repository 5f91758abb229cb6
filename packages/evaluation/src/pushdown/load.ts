/** What only a gate over an engine needs, in a chunk of its own: the start of every other gate does not wait for it. */
export function loadPushdown(): Promise<typeof import('./index.js')> {
  return import('./index.js')
}
