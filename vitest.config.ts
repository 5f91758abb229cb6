import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const packages = readdirSync(`${root}packages`)
const actions = readdirSync(`${root}actions`)

// Tests run on the sources, so that a test never sees a stale build; bundles have their own project.
const alias = [
  ...packages.map((name) => ({
    find: new RegExp(`^@sluice/${name}$`),
    replacement: `${root}packages/${name}/src/index.ts`,
  })),
  ...packages.map((name) => ({
    find: new RegExp(`^@sluice/${name}/testing$`),
    replacement: `${root}packages/${name}/src/testing.ts`,
  })),
  { find: /^@sluice\/rehearsal\/page$/, replacement: `${root}packages/rehearsal/src/page/index.ts` },
  ...actions.map((name) => ({
    find: new RegExp(`^@sluice/action-${name}$`),
    replacement: `${root}actions/${name}/src/action.ts`,
  })),
]

// Node itself, which knows nothing of TypeScript's way to name imports, reads what runs in a worker: so that is compiled.
const workers = {
  name: 'compiled-workers',
  transform(code: string, id: string) {
    if (!id.endsWith('/packages/evidence/src/hash/start-worker.ts')) return undefined
    return code.replace('./hash-worker.js', '../../lib/hash/hash-worker.js')
  },
}

const exclude = ['**/node_modules/**', '**/lib/**', '**/dist/**']

export default defineConfig({
  plugins: [workers],
  resolve: { alias },
  test: {
    globalSetup: `${root}scripts/temporary-setup.mjs`,
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: [
            'packages/*/test/**/*.test.ts',
            'actions/*/test/**/*.test.ts',
            'examples/*/server/test/**/*.test.ts',
            'test/workspace/**/*.test.ts',
            'test/predicates/**/*.test.ts',
            'test/workflows/*.test.ts',
          ],
          exclude,
          // For a machine that is slow or busy: no test here is about time.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'bundles',
          include: ['test/bundles/**/*.test.ts'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'rehearsed',
          include: ['test/workflows/rehearsed/**/*.test.ts'],
          exclude,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          exclude,
          testTimeout: 3_600_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
