import { boolean, oneOf, path, secret, text } from './input.js'

/** Inputs that every action takes (design, section 3). */
export const commonInputs = {
  config: path({
    description: 'The configuration file, relative to the working directory.',
    default: 'sluice.yaml',
  }),
  workingDirectory: path({ description: 'The folder to work in; no path leads out of it.', default: '.' }),
  failOn: oneOf(['fail', 'warn', 'never'], {
    description: 'The mildest verdict that fails the step. An inconclusive one fails it unless `never`.',
    default: 'fail',
  }),
  summary: boolean({ description: 'Write the job summary.', default: true }),
  comment: boolean({ description: 'Keep one sticky comment on the pull request.', default: false }),
  reportDirectory: path({ description: 'Where reports and statements are written.', default: '.sluice' }),
  githubToken: secret({
    description: 'Token that writes the comment and reads the waivers of the base branch.',
    runnerDefault: 'github.token',
  }),
}

/** The input of every gate that leaves evidence. */
export const subjectInput = text({
  description: 'What the evidence is about, as `name@sha256:<digest>`. Without it no statement is written.',
})

/** Outputs that every action sets. */
export const commonOutputs = {
  verdict: '`pass`, `warn`, `fail` or `inconclusive`.',
  headline: 'What was decided and why, in one line.',
  report: 'Path of the JSON report.',
  sarif: 'Path of the SARIF file.',
  statement: 'Paths of the unsigned in-toto statements, one a line; empty when there is none.',
} as const
