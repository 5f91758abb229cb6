import { boolean, commonInputs, defineAction, type InputsOf, list, text } from '@sluice/toolkit'
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
  page: boolean({
    description:
      'Make one HTML page of all that `reports` names, with charts, as `report/index.html` in the report directory.',
    default: false,
  }),
  pageArtifact: text({
    description:
      'The artifact as which a later step hands the page over; summary and comment then say where to find it.',
  }),
  ledgers: list({
    description: 'Environments whose ledgers are read and verified for the page.',
    default: [],
  }),
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'report',
  description: 'Puts the reports of several gates together: one verdict, one summary, one comment.',
  branding: { icon: 'clipboard', color: 'blue' },
  permissions: {
    contents: 'read, only when `ledgers` are named: sluice.yaml says where they lie',
    packages: 'read, only when `ledgers` are named and lie in the GitHub registry',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    reports: 'How many reports were read.',
    failed: 'Names of the actions whose verdict is `fail`, one a line.',
    page: 'Path of the HTML page; empty without one.',
  },
  example: { reports: 'sluice-gates/*.json', expected: 'pin-check\nmodel-gate', comment: 'true' },
  run: gatherReports,
})
