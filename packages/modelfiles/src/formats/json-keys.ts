/**
 * The first key that an object in `text` holds twice, decoded; undefined when none does. Readers differ in
 * which of the two they take. `text` must be valid JSON.
 */
export function duplicateKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = []
  const strings = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs
  for (let match = strings.exec(text); match !== null; match = strings.exec(text)) {
    const [token] = match
    if (token === '{') objects.push(new Set())
    else if (token === '[') objects.push(undefined)
    else if (token === '}' || token === ']') objects.pop()
    else {
      const keys = objects.at(-1)
      if (keys === undefined || !/^\s*:/.test(text.slice(strings.lastIndex, strings.lastIndex + 64))) continue
      const key = JSON.parse(token) as string
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return undefined
}
