/** A line of standard output that speaks to the runner. */
export interface WorkflowCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/** Commands that a runner knows (actions/runner src/Runner.Worker/ActionCommandManager.cs). */
export const COMMANDS = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
] as const

/**
 * The command in a line, or undefined when the line is plain text: `::name key=value,…::data` after white space,
 * or `##[name key=value;…]data` anywhere (actions/runner src/Runner.Common/ActionCommand.cs).
 * @param known names that count as commands; any other name leaves the line as text
 */
export function parseCommand(line: string, known: readonly string[]): WorkflowCommand | undefined {
  return modern(line.trimStart(), known) ?? legacy(line, known)
}

function modern(line: string, known: readonly string[]): WorkflowCommand | undefined {
  if (!line.startsWith('::')) return undefined
  const end = line.indexOf('::', 2)
  if (end < 0) return undefined
  return command(line.slice(2, end), ',', line.slice(end + 2), known, {
    data: (text) => decodeCodes(text, { '%0D': '\r', '%0A': '\n', '%25': '%' }),
    property: (text) => decodeCodes(text, { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }),
  })
}

function legacy(line: string, known: readonly string[]): WorkflowCommand | undefined {
  const start = line.indexOf('##[')
  const end = line.indexOf(']', start)
  if (start < 0 || end < 0) return undefined
  const plain = (text: string) =>
    decodeCodes(text, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' })
  return command(line.slice(start + 3, end), ';', line.slice(end + 1), known, {
    data: plain,
    property: plain,
  })
}

function command(
  head: string,
  separator: string,
  data: string,
  known: readonly string[],
  decode: { data(text: string): string; property(text: string): string },
): WorkflowCommand | undefined {
  const space = head.indexOf(' ')
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase()
  if (!known.some((candidate) => candidate.toLowerCase() === name)) return undefined
  const properties = Object.create(null) as Record<string, string>
  for (const pair of space < 0 ? [] : head.slice(space + 1).split(separator)) {
    const equals = pair.indexOf('=')
    if (equals > 0) properties[pair.slice(0, equals).trim()] = decode.property(pair.slice(equals + 1))
  }
  return { name, properties, data: decode.data(data) }
}

/** One pass, so that `%250A` becomes `%0A` and not a line break. */
function decodeCodes(text: string, codes: Readonly<Record<string, string>>): string {
  return text.replace(/%(?:0D|0A|25|3A|2C|3B|5D)/gi, (code) => codes[code.toUpperCase()] ?? code)
}
