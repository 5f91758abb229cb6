import { SluiceError } from '@sluice/errors'
import { runFromCommandLine } from '@sluice/toolkit'
import type { Command } from '../command.js'

const USAGE = `Usage: sluice evidence export <subject> --to <folder> [flags]
       sluice evidence verify <folder> --path <directory> --policy sha256:<digest>

  export   verify a subject, and write its evidence, trust root and policy into one folder
  verify   hold a subject against such a folder, with the network off

A subject is a directory, a file, oci:<layout> or registry/name@sha256:…; \`sluice evidence export --help\` lists the flags.
`

/** Hands evidence on to where there is no network. */
export const evidence: Command = {
  name: 'evidence',
  summary: 'Export evidence into a folder that verifies with the network off, or verify one.',
  async run([word, ...rest], io) {
    if (word === 'export') {
      const { exportAction } = await import('../evidence/export.js')
      const { withSubject } = await import('../evidence/positional.js')
      return await runFromCommandLine(
        exportAction,
        await withSubject(rest, io),
        io,
        'sluice evidence export <subject>',
      )
    }
    if (word === 'verify') {
      const { verifyFolderAction } = await import('../evidence/verify-folder.js')
      const [folder, ...flags] = rest
      const argv = folder === undefined || folder.startsWith('-') ? rest : [`--folder=${folder}`, ...flags]
      return await runFromCommandLine(verifyFolderAction, argv, io, 'sluice evidence verify <folder>')
    }
    if (word === undefined || word === '--help' || word === '-h') {
      const print = word === undefined ? io.stderr : io.stdout
      print(USAGE)
      return word === undefined ? 2 : 0
    }
    throw new SluiceError(
      'CLI_UNKNOWN_COMMAND',
      `\`sluice evidence\` has no command ${JSON.stringify(word.slice(0, 100))}.`,
      {
        remedy: 'Use `export` or `verify`; `sluice evidence --help` says more.',
      },
    )
  },
}
