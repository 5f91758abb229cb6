import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../server/lib/main.js', import.meta.url))

/** A model server as a process of its own. */
export interface ModelServer extends AsyncDisposable {
  readonly url: string
  readonly version: string
}

/**
 * Starts the example's server on a free port of 127.0.0.1.
 * @param failShare the share of predictions that it answers with 500
 */
export async function startModelServer(options: {
  readonly model: string
  readonly version: string
  readonly failShare?: number
}): Promise<ModelServer> {
  const { model, version, failShare = 0 } = options
  const args = [
    MAIN,
    '--model',
    model,
    '--port',
    '0',
    '--version',
    version,
    '--fail-share',
    String(failShare),
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the model server of ${version} ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', (line) =>
      resolve((JSON.parse(line) as { url: string }).url),
    )
  })
  return {
    url,
    version,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
