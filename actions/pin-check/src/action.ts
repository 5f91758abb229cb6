import { PIN_LEVELS } from '@sluice/pins'
import { commonInputs, defineAction, type InputsOf, list, oneOf, subjectInput } from '@sluice/toolkit'
import { checkPins } from './pin-check.js'

export const inputs = {
  ...commonInputs,
  paths: list({
    description: 'Globs of the files to examine; overrides `pins.paths` of sluice.yaml.',
    default: [],
  }),
  level: oneOf(PIN_LEVELS, {
    description:
      'The weakest pin that passes; overrides `pins.level` of sluice.yaml, which is `content-hash` by default.',
  }),
  subject: subjectInput,
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'pin-check',
  description: 'Fails when something the build fetches can change underneath it.',
  branding: { icon: 'anchor', color: 'blue' },
  permissions: {
    contents: 'read, to see the files that name dependencies',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    references: 'How many references were examined.',
    unpinned: 'How many of them are not pinned firmly enough and not waived.',
    undecided: 'How many references and files could not be decided and are not waived.',
  },
  example: { level: 'content-hash' },
  run: checkPins,
})
