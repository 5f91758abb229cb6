import { PROJECT } from '@sluice/verdict'
import { ACTIONS } from './actions.js'
import { COMMANDS } from './commands/index.js'

/** The text of `sluice help`. */
export async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(ACTIONS).map((load) => load()))
  const actions = loaded.map(({ action }) => line(action.name, action.description))
  const commands = COMMANDS.map(({ name, summary }) => line(name, summary))
  return [
    `${PROJECT.name} ${PROJECT.version}: lets no model through that cannot prove it belongs there.`,
    '',
    'Usage: sluice <action> --<input> <value> …',
    '       sluice <command>',
    '',
    'Actions (`sluice <action> --help` lists the inputs):',
    ...actions,
    '',
    'Commands:',
    ...commands,
    line('help', 'Show this text.'),
    '',
    'Exit codes: 0 pass or warn, 1 fail, 2 bad usage or configuration, 3 inconclusive or a fault of the surroundings.',
    '',
  ].join('\n')
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text.replaceAll('`', '')}`
}
