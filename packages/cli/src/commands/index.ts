import type { Command } from '../command.js'
import { evidence } from './evidence.js'
import { explain } from './explain.js'
import { init } from './init.js'
import { ledger } from './ledger.js'
import { page } from './page.js'
import { rehearse } from './rehearse.js'

/** The commands that are no actions; a new one is a file here and an entry in this list. */
export const COMMANDS: readonly Command[] = [init, evidence, explain, ledger, rehearse, page]
