#!/usr/bin/env node
import { loadModel } from './model.js'
import { HELP, parseOptions, UsageError } from './options.js'
import { startServer } from './server.js'

try {
  const options = parseOptions(process.argv.slice(2), process.env)
  if (options === 'help') process.stdout.write(HELP)
  else await serve(options)
} catch (error) {
  process.stderr.write(`flight-delays-server: ${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function serve({ model: folder, version, ...rest }: Exclude<ReturnType<typeof parseOptions>, 'help'>) {
  const model = await loadModel(folder)
  const label = version ?? model.name
  const server = await startServer({ model, version: label, ...rest })
  process.stdout.write(
    `${JSON.stringify({ event: 'listening', url: server.url, model: model.name, version: label })}\n`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
}
