import { SluiceError } from '@sluice/errors'

/** A package's fragment: its name, and the text of its troubleshooting.md. */
export interface Fragment {
  readonly file: string
  readonly text: string
}

const INTRODUCTION = `<!-- Assembled from packages/*/troubleshooting.md by \`npm run generate\`; edit those. -->

# Troubleshooting

Every error of Sluice has a code, a message that says what was found and what was expected, and a remedy. This page has a heading for each code. Exit code 2 means that nothing was examined because an input or the configuration is wrong; 3 that nothing could be decided; 1 that the check decided against the subject.
`

/** docs/troubleshooting.md: the fragments' headings, sorted by code. */
export function troubleshooting(fragments: readonly Fragment[]): string {
  const entries = new Map<string, string>()
  for (const { file, text } of fragments) {
    for (const part of text.split(/^(?=#+ )/m).filter((part) => part.trim() !== '')) {
      const match = /^### ([A-Z][A-Z0-9_]+)\n+([\s\S]+)$/.exec(part)
      const [, code, body] = match ?? []
      if (!code || !body?.trim())
        throw wrong(file, `\`${part.split('\n')[0]}\` is no heading \`### CODE\` with a text`)
      if (entries.has(code)) throw wrong(file, `${code} has a heading in another fragment already`)
      entries.set(code, `## ${code}\n\n${body.trim()}\n`)
    }
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  return [INTRODUCTION, ...sorted].join('\n')
}

function wrong(file: string, problem: string): SluiceError {
  return new SluiceError('GENERATE_FRAGMENT', `${file}: ${problem}.`, {
    remedy: 'Write each entry as `### CODE` and one or two sentences, once in all packages.',
  })
}
