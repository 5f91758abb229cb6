import { expect, test } from 'vitest'
import { extractDockerfile } from '../src/dockerfile.js'

const GOOD = `FROM good@sha256:${'a'.repeat(64)}`

function verdictOf(text: string): { unpinned: string[]; problems: number } {
  const { references, problems } = extractDockerfile('Dockerfile', text)
  const unpinned = references.filter(({ pin }) => pin.state !== 'pinned').map(({ text }) => text)
  return { unpinned, problems: problems.length }
}

// Each of these builds from `evil` with BuildKit's own frontend.
test.each([
  ['a continuation that is none, for U+00A0 follows it', `${GOOD}\nRUN echo \\\u00a0\nFROM evil:latest\n`],
  ['white space that JavaScript does not know as such', `${GOOD}\n\u0085FROM evil:latest\n`],
  [
    'carriage returns at the end of a continuation',
    `${GOOD}\nRUN a \\\r\r\nFROM x AS evil\nCOPY --from=evil a b\n`,
  ],
  ['a backslash in a flag', `${GOOD}\nCOPY --fro\\m=evil:latest /a /b\n`],
  ['quotes in a flag', `${GOOD}\nCOPY --"from"=evil:latest /a /b\n`],
  [
    'a mount as CSV with quotes',
    `${GOOD}\nRUN '--mount=x' a\nRUN --mount='type=bind,"from=evil:latest",target=/x' a\n`,
  ],
  [
    'an escape behind an unknown directive with a digit',
    `#a1=b\n#escape=\`\n${GOOD}\nRUN a \\\nFROM evil:latest\n`,
  ],
  ['an escape behind a space', ` #escape=\`\n${GOOD}\nRUN a \\\nFROM evil:latest\n`],
  ['a frontend behind a shebang', `#!/bin/x\n#syntax=evil:latest\n${GOOD}\n`],
])('%s hides no image', (_, text) => {
  const { unpinned } = verdictOf(text)
  expect(unpinned.some((text) => text.startsWith('evil'))).toBe(true)
})

test.each([
  ['in JSON', `${GOOD}\nADD ["https://evil/x", "/y"]\n`],
  ['in an argument', `${GOOD}\nARG U=https://evil/x\nADD $U /y\n`],
  ['with the commit of a repository that it is not', `${GOOD}\nADD https://evil/x#${'a'.repeat(40)} /y\n`],
])('a download %s is seen', (_, text) => {
  expect(verdictOf(text).unpinned).toHaveLength(1)
})

test('a repository at a commit is pinned, and what an argument without a default adds is not known', () => {
  expect(verdictOf(`${GOOD}\nADD https://evil/x.git#${'a'.repeat(40)}:src /y\n`).unpinned).toEqual([])
  expect(verdictOf(`${GOOD}\nARG U\nADD $U /y\n`).unpinned).toEqual(['$U'])
  expect(verdictOf(`${GOOD}\nARG U=app.tar\nADD $U /y\n`).unpinned).toEqual([])
})

test.each([
  ['a heredoc that another lexer does not see', `${GOOD}\nRUN a\\ <<#x\nFROM evil:latest\n#x\n`],
  ['a heredoc beside an open quote', `${GOOD}\nRUN <<#x '\nFROM evil:latest\n#x\n`],
  ['a frontend in a comment of C++', `//syntax=evil:latest\n${GOOD}\n`],
  ['a line that is no instruction', `${GOOD}\nEVIL x\n`],
])('%s is a problem', (_, text) => {
  expect(verdictOf(text).problems).toBe(1)
})

test('an ordinary heredoc is none', () => {
  const text = `${GOOD}\nRUN <<EOF cat > $HOME/\${X}\nFROM evil\nEOF\nCOPY <<-"A" <<B /x/\nFROM evil\n\tA\nFROM evil\nB\n`
  expect(verdictOf(text)).toEqual({ unpinned: [], problems: 0 })
})

test.each([
  ['escaped quotes', `RUN <<x "${'\\"'.repeat(500_000)}`],
  ['spaces in a directive', `#a=x${' '.repeat(1_000_000)}x`],
  ['spaces at the end of a line', `RUN a${' '.repeat(1_000_000)}x`],
  ['heredocs', `RUN <<a\na\n`.repeat(100_000)],
])('many %s take no more than a second or two', { timeout: 10_000 }, (_, text) => {
  expect(extractDockerfile('Dockerfile', `${text}\n${GOOD}\n`).references).not.toContainEqual(undefined)
})
