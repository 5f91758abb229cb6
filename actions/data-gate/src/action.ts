import { commonInputs, defineAction, type InputsOf, list, path, subjectInput } from '@sluice/toolkit'
import { gateData } from './data-gate.js'

export const inputs = {
  ...commonInputs,
  data: path({
    description:
      'The table to check (.parquet, .arrow, .csv, .tsv, .jsonl). Needed unless `results` are given.',
  }),
  reference: path({
    description:
      "The table it is compared with, such as the champion's training data. Needed where `data.drift` has rules.",
  }),
  results: list({
    description:
      'Globs of what other tools found in the data: Great Expectations, Evidently, Pandera, Deequ, DeepEval, promptfoo or JUnit. Whatever failed, broke down or was skipped there does not pass here.',
    default: [],
  }),
  infer: path({
    description:
      'Write a schema inferred from `data` to this file, which must not exist yet, for a person to review and to commit under `data` of sluice.yaml; nothing is checked then.',
  }),
  subject: subjectInput,
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'data-gate',
  description: 'Fails when data is not what its schema says, or is shown to have moved from its reference.',
  branding: { icon: 'filter', color: 'blue' },
  permissions: {
    contents: 'read, to see sluice.yaml and the data',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    rows: 'How many rows the data has.',
    columns: 'How many columns were checked.',
    checks: 'How many checks of other tools were read.',
    drifted: 'Columns that are shown to have moved, one a line.',
    schema: 'Path of the inferred schema; empty without `infer`.',
  },
  example: {
    data: 'data/current.parquet',
    reference: 'data/reference.parquet',
    subject: 'flight-delays@${{ needs.build.outputs.digest }}',
  },
  run: gateData,
})
