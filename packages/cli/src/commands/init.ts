import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Command } from '../command.js'
import { STARTER } from '../starter.js'

const FILE = 'sluice.yaml'

/** Writes a commented sluice.yaml into the current folder; never over an existing one. */
export const init: Command = {
  name: 'init',
  summary: 'Write a commented sluice.yaml to start from.',
  async run(argv, io) {
    if (argv[0] === '--help' || argv[0] === '-h') {
      io.stdout(
        `Usage: sluice init\n\nWrites a commented ${FILE} into the current folder; never over an existing one.\n`,
      )
      return 0
    }
    if (argv.length > 0) {
      throw new SluiceError('CLI_ARGUMENT_UNEXPECTED', `\`init\` takes no arguments; found \`${argv[0]}\`.`, {
        remedy: 'Run `sluice init` in the folder that is to hold sluice.yaml.',
      })
    }
    const path = join(io.cwd, FILE)
    // `wx` decides and creates in one step, and does not follow a link that waits there.
    const handle = await open(path, 'wx').catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST' ? exists(path, cause) : unwritable(path, cause)
    })
    try {
      await handle.writeFile(STARTER)
    } finally {
      await handle.close()
    }
    io.stdout(
      `Wrote ${FILE}. Its comments say what each section does; every key has a default but \`model\`.\n`,
    )
    return 0
  },
}

function exists(path: string, cause: unknown): SluiceError {
  return new SluiceError('CONFIG_EXISTS', `${path} exists already; \`sluice init\` writes over nothing.`, {
    remedy: 'Edit the file, or move it away first.',
    cause,
  })
}

function unwritable(path: string, cause: NodeJS.ErrnoException): SluiceError {
  return new SluiceError('FILE_UNWRITABLE', `${path} cannot be written (${cause.code ?? cause.message}).`, {
    remedy: 'Run `sluice init` in a folder that you may write to.',
    cause,
  })
}
