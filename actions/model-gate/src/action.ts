import { ASSUMPTIONS, SERVER_NAMES, TASKS } from '@sluice/evaluation'
import {
  boolean,
  commonInputs,
  defineAction,
  type InputsOf,
  list,
  number,
  oneOf,
  path,
  secret,
  subjectInput,
  text,
} from '@sluice/toolkit'
import { gateModel } from './model-gate.js'

export const inputs = {
  ...commonInputs,
  candidate: text({
    description:
      "The candidate's predictions (.parquet, .arrow, .csv, .tsv, .jsonl), a summary of its metrics (.json, .yaml, .toml) or what an evaluation tool wrote (docs/evaluation-inputs.md), as a file or `mlflow:…`. Only a `plan` may do without.",
  }),
  champion: text({
    description:
      "The champion's, of the same kind: a file, which may be the same table with the champion's scores in another column; `git:<ref>:<path>`, where `base` is what a pull request is merged onto; `artifact:<workflow>:<artifact>/<path>` of the default branch; `oci://registry/repository@sha256:…`, whose signed evaluation is read; `mlflow:models/<name>@<alias>` or `mlflow:runs/<run id>`, with `#<path>` for a table.",
  }),
  mlflowUrl: text({
    description:
      'Tracking server of MLflow; MLFLOW_TRACKING_URI by default. Its credentials are MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, of the environment.',
  }),
  firstRelease: boolean({
    description: 'There is no champion yet: rules that compare with one are recorded as not held.',
    default: false,
  }),
  candidateColumn: text({
    description:
      "Column of the candidate's score; for a multiclass task, what its class columns start with. Default `score`, or `prob_` for multiclass.",
  }),
  championColumn: text({ description: 'The same for the champion.' }),
  idColumn: text({
    description: 'Column that identifies a row. Overrides `evaluation.id`, which is `id` by default.',
  }),
  labelColumn: text({
    description: 'Column with the true class. Overrides `evaluation.label`, which is `label` by default.',
  }),
  positive: text({ description: 'Label of the positive class, where labels are not 0/1 or false/true.' }),
  slices: list({
    description: 'Columns to slice by, in place of those that the sliced rules of sluice.yaml name.',
    default: [],
  }),
  task: oneOf([...TASKS], {
    description: 'What the model is asked for. Overrides `evaluation.task`.',
  }),
  alpha: number({
    description:
      'One-sided error probability of every decision. Overrides `evaluation.alpha`, which is 0.025.',
    min: 0.000001,
    max: 0.5,
  }),
  plan: boolean({
    description:
      'Decide nothing: say what the rows at hand can show for each rule, and how many each margin needs. Without `candidate`, from what `assume` says.',
    default: false,
  }),
  assume: list({
    description: `For a plan without predictions, \`name=value\`: ${Object.keys(ASSUMPTIONS).join(', ')}.`,
    default: [],
  }),
  evalResults: path({
    description:
      'Where to write what was measured for the Hugging Face Hub, such as `.eval_results/flights.yaml`, once the gate has passed. `evaluation.evalResults` says of what.',
  }),
  engine: oneOf(['auto', 'in-process', 'duckdb', ...SERVER_NAMES], {
    description:
      'What adds the rows up: this process, DuckDB over the same files, or a server over its own tables. `auto` takes DuckDB for files of more than 5 million rows where every rule can be held that way, and this process otherwise. See docs/engines.md.',
    default: 'auto',
  }),
  engineUrl: text({ description: 'Address of the server, without credentials.' }),
  engineUser: text({ description: 'User of the server.' }),
  enginePassword: secret({ description: 'Password of that user; without a user, a token.' }),
  candidateTable: text({
    description: "The server's table with the candidate's predictions, in place of `candidate`.",
  }),
  championTable: text({
    description:
      "The same for the champion; it may be the same table, with the champion's scores in another column.",
  }),
  subject: subjectInput,
}

export type Inputs = InputsOf<typeof inputs>

export const action = defineAction({
  name: 'model-gate',
  description:
    'Fails when a candidate model is shown to be worse than its champion, overall or on any slice.',
  branding: { icon: 'bar-chart-2', color: 'blue' },
  permissions: {
    contents: 'read, to see sluice.yaml and the predictions',
    actions: 'read, only when `champion` is an artifact',
    packages: 'read, only when `champion` is in GitHub’s registry',
    'pull-requests': 'write, only when `comment` is true',
  },
  inputs,
  outputs: {
    rows: 'How many rows were evaluated; empty when unknown.',
    failed: 'How many rules are shown not to hold.',
    undecided: 'How many rules could not be decided.',
    'eval-results': 'The file that was written for the Hugging Face Hub; empty when none was.',
  },
  example: {
    candidate: 'build/candidate.parquet',
    champion: 'build/champion.parquet',
    'label-column': 'late',
    slices: 'origin',
    subject: 'flight-delays@${{ needs.build.outputs.digest }}',
  },
  run: gateModel,
})
