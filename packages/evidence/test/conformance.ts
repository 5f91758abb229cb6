import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const beside = fileURLToPath(new URL('../../../../shared/conformance', import.meta.url))
const folder = process.env['SLUICE_CONFORMANCE'] ?? beside

/** Vectors published by others, or undefined where they are absent. */
export const conformance = existsSync(folder) ? folder : undefined
