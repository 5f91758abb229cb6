import { type AnyAction, type InputDeclarations, kebab } from '../action.js'
import type { Input } from '../input.js'
import { FORMATS } from './flags.js'

const WIDTH = 100
const INDENT = 26

/**
 * The text of `--help`, from the declaration. `program` is how the reader called it, with what it takes besides flags
 * as `<word>`; the example names the same by flags.
 */
export function helpText(action: AnyAction, program: string): string {
  const flags = Object.entries(action.inputs as InputDeclarations).map(([key, input]) => {
    const value = isSwitch(input) ? '' : ` <${placeholder(input)}>`
    const notes = [
      input.required ? 'Required.' : '',
      input.kind === 'list' ? 'May be repeated.' : '',
      input.default ? `(default: ${input.default.replaceAll('\n', ', ')})` : '',
    ].filter((note) => note !== '')
    return entry(`--${kebab(key)}${value}`, [plain(input.description), ...notes].join(' '))
  })
  const example = shellFlags(action.example ?? {})
  return [
    plain(action.description),
    '',
    `Usage: ${program} [flags]`,
    ...(example === '' ? [] : ['', `  ${program.replace(/ <[^>]*>/g, '')}${example}`]),
    '',
    'Flags:',
    ...flags,
    entry(`--format <${FORMATS.join('|')}>`, 'How the result is printed. (default: text)'),
    entry('--help', 'Show this text.'),
    '',
    'Exit codes: 0 pass or warn, 1 fail, 2 bad usage or configuration, 3 inconclusive or a fault of the surroundings.',
    '',
  ].join('\n')
}

/** A flag that is given alone; one that is true already can only be given `false`. */
function isSwitch({ kind, default: value }: Input<unknown>): boolean {
  return kind === 'boolean' && value !== 'true'
}

function placeholder({ kind, choices }: Input<unknown>): string {
  return kind === 'boolean' ? 'true|false' : (choices?.join('|') ?? kind)
}

function entry(flag: string, description: string): string {
  const lines = wrap(description, WIDTH - INDENT)
  const first =
    flag.length + 2 < INDENT - 1 ? `  ${flag}`.padEnd(INDENT) + (lines.shift() ?? '') : `  ${flag}`
  return [first, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Descriptions are written with Markdown's backticks; a terminal shows the word alone. */
function plain(text: string): string {
  return text.replaceAll('`', '')
}

/** The flags of an example, one a line, continued with backslashes; each line of a list is a flag. */
export function shellFlags(example: Readonly<Record<string, string>>): string {
  return Object.entries(example)
    .flatMap(([name, value]) =>
      value
        .trim()
        .split('\n')
        .map((line) => ` \\\n    --${name} ${shellWord(line.trim())}`),
    )
    .join('')
}

/** `text` as one word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
