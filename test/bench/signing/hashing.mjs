import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeModel } from './model.mjs'
import { median, printTable } from './table.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const NO_SERVICES =
  '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}'

/** Each hashes the same model from the page cache, in a process of its own, in rounds that go around them all. */
export async function compareHashing({ kept, work, programs, bytes, files, rounds }) {
  const model = makeModel(kept, bytes, files)
  const node = (file, argument) => () => run(process.execPath, [join(here, file), argument])
  const contenders = [
    ['sluice (hashTree)', node('ours.mjs', model.folder)],
    ['limit: as many bytes in memory, a digest a core', node('limit.mjs', String(bytes))],
    ['createReadStream into a hash, serial', node('stream.mjs', model.folder)],
  ]
  if (programs.python) {
    const script = join(here, 'reference.py')
    contenders.push(['model_signing 1.1.1, file hashes', () => run(programs.python, [script, model.folder])])
  }
  if (programs.cosign)
    contenders.push(['cosign attest-blob, large files only', await cosign(programs, model, work)])

  await node('ours.mjs', model.folder)()
  const results = new Map(contenders.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of contenders) results.get(name).push(await measure())
  }
  const of = (name) => {
    const all = results.get(name)
    return {
      rate: median(all.map((one) => one.bytes / 1e9 / one.seconds)),
      cpuRate: median(all.map((one) => one.bytes / 1e9 / one.cpu)),
      rss: Math.max(...all.map((one) => one.rss)),
    }
  }
  const ours = of('sluice (hashTree)')
  printTable(
    `hashing ${(bytes / 1024 ** 3).toFixed(2)} GiB in ${files} small files and ${model.large.length} large, from the page cache; median of ${rounds}`,
    ['', 'GB/s', 'ours to it', 'GB a CPU-second', 'ours to it', 'peak RSS, MiB'],
    contenders.map(([name]) => {
      const { rate, cpuRate, rss } = of(name)
      return [
        name,
        rate.toFixed(2),
        (ours.rate / rate).toFixed(2),
        cpuRate.toFixed(2),
        (ours.cpuRate / cpuRate).toFixed(2),
        rss.toFixed(0),
      ]
    }),
  )
}

/**
 * cosign has no command that only hashes, and none for a directory: so it attests each large file, as many at a time as
 * there are cores. Its start and its signature, some tens of milliseconds, count with it.
 */
async function cosign({ cosign: program }, { large }, work) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const file = (name, text) => {
    writeFileSync(join(work, name), text)
    return join(work, name)
  }
  const key = file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const common = ['--predicate', file('predicate.json', '{}'), '--type', 'https://example.com/predicate/v1']
  const services = ['--signing-config', file('services.json', NO_SERVICES), '--yes']
  const prefix = join(work, 'cosign')
  await run(program, ['import-key-pair', '--key', key, '--output-key-prefix', prefix])
  const attest = (path, index) =>
    run(program, [
      'attest-blob',
      '--key',
      `${prefix}.key`,
      ...common,
      ...services,
      '--bundle',
      join(work, `cosign-${index}.json`),
      path,
    ])
  return async () => {
    const queue = [...large.entries()]
    const begin = performance.now()
    const spent = []
    await Promise.all(
      Array.from({ length: availableParallelism() }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          const [index, { path }] = next
          spent.push(await attest(path, index))
        }
      }),
    )
    return {
      bytes: large.reduce((sum, { size }) => sum + size, 0),
      seconds: (performance.now() - begin) / 1000,
      cpu: spent.reduce((sum, { cpu }) => sum + cpu, 0),
      rss: Math.max(...spent.map(({ rss }) => rss)),
    }
  }
}

/** Runs a program. @returns what it printed as JSON, or else its CPU seconds and peak of memory while it was seen */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, COSIGN_PASSWORD: '' }
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, errors] = ['', '']
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      errors += data
    })
    const seen = { cpu: 0, rss: 0 }
    const watch = setInterval(() => Object.assign(seen, look(child.pid, seen)), 20)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      if (code !== 0) reject(new Error(`${program} ended with ${code}: ${errors}`))
      else resolve(output.startsWith('{"bytes"') ? JSON.parse(output) : seen)
    })
  })
}

/** CPU seconds and peak of memory of a process that runs, from /proc; the last that were seen when it has ended. */
function look(pid, last) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    const [, peak = 0] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return {
      cpu: Math.max(last.cpu, (Number(fields[11]) + Number(fields[12])) / 100),
      rss: Math.max(last.rss, Number(peak) / 1024),
    }
  } catch {
    return last
  }
}
