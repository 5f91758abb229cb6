import { isSluiceError, nearest, SluiceError } from '@sluice/errors'
import { type Io, runFromCommandLine } from '@sluice/toolkit'
import { logText, PROJECT } from '@sluice/verdict'
import { ACTIONS } from './actions.js'
import { COMMANDS } from './commands/index.js'
import { overview } from './help.js'

const EXIT = { refused: 1, usage: 2, surroundings: 3 } as const

/** The command line: `sluice <action or command> …`. Returns the exit code (design, section 4). */
export async function sluice(argv: readonly string[], io: Io): Promise<number> {
  const [word, ...rest] = argv
  try {
    return await dispatch(word, rest, io)
  } catch (error) {
    if (!isSluiceError(error)) throw error
    io.stderr(`${logText(`${error.code}: ${error.message}\n${error.remedy}`)}\n`)
    return EXIT[error.kind]
  }
}

async function dispatch(word: string | undefined, rest: readonly string[], io: Io): Promise<number> {
  if (word === undefined) {
    io.stderr(await overview())
    return EXIT.usage
  }
  if (word === '--version' || word === '-V') {
    io.stdout(`${PROJECT.version}\n`)
    return 0
  }
  if (word === 'help' || word === '--help' || word === '-h') {
    const [topic] = rest
    if (topic !== undefined) return await dispatch(topic, ['--help'], io)
    io.stdout(await overview())
    return 0
  }
  const command = COMMANDS.find(({ name }) => name === word)
  if (command) return await command.run(rest, io)
  const load = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined
  if (load === undefined) throw unknownCommand(word)
  const { action } = await load()
  return await runFromCommandLine(action, rest, io)
}

function unknownCommand(word: string): SluiceError {
  const near = nearest(word, [...Object.keys(ACTIONS), ...COMMANDS.map(({ name }) => name), 'help'])
  return new SluiceError('CLI_UNKNOWN_COMMAND', `There is no action or command \`${word}\`.`, {
    remedy: near ? `Did you mean \`${near}\`? \`sluice help\` lists all.` : '`sluice help` lists all.',
  })
}
