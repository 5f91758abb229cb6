// Hashing, start and verification beside their peers and the limit of the machine, in one run.
// SLUICE_BENCH_BYTES (10 GiB) and SLUICE_BENCH_FILES (20,000) say how large the model is, SLUICE_BENCH_ROUNDS (3) how
// often each hashes it; SLUICE_PEERS where cosign and model_signing are, as for the interop tests.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareHashing } from './signing/hashing.mjs'
import { compareStarts } from './signing/start.mjs'
import { compareVerification } from './signing/verification.mjs'

const peers = process.env.SLUICE_PEERS ?? join(homedir(), '.cache/sluice/peers')
const programs = {
  cosign: found(join(peers, 'bin/cosign')),
  python: found(join(peers, 'model-signing-1.1.1/bin/python')),
}
const kept = join(homedir(), '.cache/sluice/bench')
mkdirSync(kept, { recursive: true })
const work = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
try {
  const cpu = spawnSync('sh', ['-c', "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"])
    .stdout?.toString()
    .trim()
  console.log(`${availableParallelism()} cores, ${cpu || 'unknown'}, Node ${process.version}\n`)
  await compareHashing({
    kept,
    work,
    programs,
    bytes: Number(process.env.SLUICE_BENCH_BYTES ?? 10 * 1024 ** 3),
    files: Number(process.env.SLUICE_BENCH_FILES ?? 20_000),
    rounds: Number(process.env.SLUICE_BENCH_ROUNDS ?? 3),
  })
  compareStarts({ work })
  await compareVerification({ work, programs })
} finally {
  rmSync(work, { recursive: true, force: true })
}

function found(program) {
  if (existsSync(program)) return program
  console.log(`skipped: ${program} is not installed (scripts/peers)`)
  return undefined
}
