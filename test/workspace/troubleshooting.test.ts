import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { files, root } from './checkout.js'

const headings = new Set(
  readFileSync(`${root}docs/troubleshooting.md`, 'utf8')
    .split('\n')
    .flatMap((line) => /^##+ ([A-Z][A-Z0-9_]+)$/.exec(line)?.[1] ?? []),
)

test('every error code that the sources throw has its heading', () => {
  const missing: string[] = []
  let seen = 0
  for (const file of files(':(glob)packages/*/src/**/*.ts', ':(glob)actions/*/src/**/*.ts').filter((file) =>
    existsSync(root + file),
  )) {
    for (const code of codesIn(readFileSync(root + file, 'utf8'))) {
      seen++
      if (!headings.has(code)) missing.push(`${code} (${file})`)
    }
  }
  expect(seen).toBeGreaterThan(50)
  expect(missing).toEqual([])
})

test('no heading is left of a code that nothing throws', () => {
  const sources = files(':(glob)packages/*/src/**/*.ts', ':(glob)actions/*/src/**/*.ts')
    .filter((file) => existsSync(root + file))
    .map((file) => readFileSync(root + file, 'utf8'))
    .join('\n')
  expect([...headings].filter((code) => !sources.includes(`'${code}'`))).toEqual([])
})

/** Codes are constants: words in quotes, in capitals, with an underscore, that a function of errors takes first. */
function codesIn(source: string): string[] {
  return [
    ...source.matchAll(/\b(?:SluiceError|[a-z]\w*)\(\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)',\s*[`'"(]/g),
  ].map(([, code]) => code as string)
}
