import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { alive } from './rig.js'

const watchdog = fileURLToPath(new URL('../../src/job/watchdog.ts', import.meta.url))

/** A process that starts two steps, forgets the second, tells both numbers and then waits to be killed. */
const PARENT = `
const { spawn } = require('node:child_process')
import(${JSON.stringify(watchdog)}).then(({ forgetGroup, watchGroup }) => {
  const start = () => spawn('sh', ['-c', 'sleep 60 & wait'], { detached: true, stdio: 'ignore' }).pid
  const [step, ended] = [start(), start()]
  watchGroup(step)
  watchGroup(ended)
  forgetGroup(ended)
  console.log(JSON.stringify([step, ended]))
  setInterval(() => {}, 1000)
})
`

async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds
  while (Date.now() < end) {
    if (!(await alive(pid))) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

test('a step does not outlive a rehearsal that is killed; what has ended is left alone', async () => {
  const parent = spawn(process.execPath, ['-e', PARENT], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string]
  const [step, ended] = JSON.parse(line) as [number, number]
  try {
    expect(await alive(step)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    expect(await goneWithin(step, 5000)).toBe(true)
    expect(await alive(ended)).toBe(true)
  } finally {
    for (const group of [step, ended]) {
      try {
        process.kill(-group, 'SIGKILL')
      } catch {
        // Gone, as it should be.
      }
    }
  }
})

test('a process that watches nothing any more ends by itself', async () => {
  const program = `import(${JSON.stringify(watchdog)}).then(({ forgetGroup, watchGroup }) => { watchGroup(999999); forgetGroup(999999) })`
  const child = spawn(process.execPath, ['-e', program], { stdio: 'inherit' })
  expect(await once(child, 'exit')).toEqual([0, null])
})
