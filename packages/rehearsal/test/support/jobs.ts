export const STEPS = 'runs-on: x, steps: [{ run: "true" }]'
export const top = (jobs: string) => `on: push\njobs:\n${jobs}`
export const fails = { conclusion: 'failure' } as const
