import { commonInputs, defineAction, type InputsOf, list, subjectInput } from '@sluice/toolkit'
import { scanModels } from './model-scan.js'

export const inputs = {
  ...commonInputs,
  paths: list({
    description:
      'Files, folders or globs to examine; overrides `scan.models.paths` of sluice.yaml, which is `model.path` by default.',
    default: [],
  }),
  subject: subjectInput,
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'model-scan',
  description: 'Fails when loading a model file could run code; nothing is ever unpickled.',
  branding: { icon: 'shield', color: 'purple' },
  permissions: {
    contents: 'read, to see the model files',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    files: 'How many files were examined.',
    dangerous: 'How many of them could run code when loaded.',
    undecided: 'How many of them could not be decided.',
  },
  example: { paths: 'models/candidate' },
  run: scanModels,
})
