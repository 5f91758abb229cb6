import { runFromCommandLine } from '@sluice/toolkit'
import type { Command } from '../command.js'

/** Says what evidence proves, and what it does not. */
export const explain: Command = {
  name: 'explain',
  summary: 'Say what the evidence of a subject proves, and what an attacker could still change.',
  async run(argv, io) {
    // Loaded here, so that the other commands start without it.
    const { explainAction } = await import('../explain/explain.js')
    const { withSubject } = await import('../evidence/positional.js')
    return await runFromCommandLine(
      explainAction,
      await withSubject(argv, io),
      io,
      'sluice explain <subject>',
    )
  },
}
