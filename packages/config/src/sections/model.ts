import * as v from 'valibot'
import { relativePath } from '../relative-path.js'
import { defineSection } from '../section.js'

/** Formats a model is published in. What a file really is, is read from its content. */
export const MODEL_FORMATS = [
  'safetensors',
  'onnx',
  'gguf',
  'keras',
  'tensorflow',
  'pytorch',
  'joblib',
  'pickle',
  'xgboost',
  'lightgbm',
  'other',
] as const

const schema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(
      /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
      'Expected lower-case letters and digits, parted by `.`, `_` or `-`, as in a repository name.',
    ),
    v.maxLength(128),
    v.description('Name of the model: lower case, as it appears in repositories and records.'),
  ),
  path: relativePath('Folder or file that holds the model.'),
  format: v.exactOptional(
    v.pipe(v.picklist(MODEL_FORMATS), v.description('Format the model is published in.')),
  ),
  description: v.exactOptional(v.pipe(v.string(), v.description('One sentence on what the model predicts.'))),
  owner: v.exactOptional(v.pipe(v.string(), v.description('Team or person who answers for the model.'))),
})

export type Model = v.InferOutput<typeof schema>

/** What the repository releases; undefined when sluice.yaml does not say. */
export const modelSection = defineSection<Model | undefined>({
  name: 'model',
  description: 'The model that this repository releases.',
  schema: v.optional(schema),
})
