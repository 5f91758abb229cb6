export { ACTIONS } from './actions.js'
export type { Command } from './command.js'
export { COMMANDS } from './commands/index.js'
export { sluice } from './sluice.js'
