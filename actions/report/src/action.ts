import { commonInputs, defineAction, type InputsOf, list } from '@sluice/toolkit'
import { gatherReports } from './report.js'

export const inputs = {
  ...commonInputs,
  reports: list({
    description: 'Globs of the JSON reports (the output `report` of the gates).',
    required: true,
  }),
  expected: list({
    description:
      'Actions that must have reported, such as `model-gate`; one that has not makes the verdict inconclusive.',
    default: [],
  }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'report',
  description: 'Puts the reports of several gates together: one verdict, one summary, one comment.',
  branding: { icon: 'clipboard', color: 'blue' },
  permissions: {
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    reports: 'How many reports were read.',
    failed: 'Names of the actions whose verdict is `fail`, one a line.',
  },
  example: { reports: 'sluice-gates/*.json', expected: 'pin-check\nmodel-gate', comment: 'true' },
  run: gatherReports,
})
