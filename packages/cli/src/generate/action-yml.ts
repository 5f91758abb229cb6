import { SluiceError } from '@sluice/errors'
import { type AnyAction, commonOutputs, type InputDeclarations, kebab } from '@sluice/toolkit'
import { PROJECT } from '@sluice/verdict'
import { stringify } from 'yaml'

/** First line of every generated file. */
export const GENERATED = 'Generated from src/action.ts by `npm run generate`; edit that.'

/** The action's action.yml (GitHub docs, metadata syntax). Every text is quoted. */
export function actionYml(action: AnyAction): string {
  const inputs = Object.entries(action.inputs as InputDeclarations).map(([key, input]) => [
    kebab(key),
    {
      description: input.description,
      required: input.required,
      ...(input.default === undefined ? {} : { default: input.default }),
      ...(input.runnerDefault === undefined ? {} : { default: `\${{ ${input.runnerDefault} }}` }),
    },
  ])
  const outputs = Object.entries({ ...action.outputs, ...commonOutputs })
  const metadata = {
    name: `${PROJECT.name} ${action.name}`,
    description: action.description,
    author: PROJECT.repository.split('/')[0],
    branding: { icon: action.branding.icon, color: action.branding.color },
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs.map(([name, description]) => [name, { description }])),
    runs: { using: 'node24', main: 'dist/index.js' },
  }
  const yaml = stringify(metadata, {
    lineWidth: 0,
    defaultStringType: 'QUOTE_SINGLE',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
  })
  // GitHub evaluates expressions in every text of this file, and refuses a context it does not offer there.
  if (yaml.replaceAll('${{ github.token }}', '').includes('${{')) {
    throw new SluiceError('GENERATE_EXPRESSION', `The declaration of \`${action.name}\` holds \`\${{\`.`, {
      remedy: 'Name the value in words.',
    })
  }
  return `# ${GENERATED}\n${yaml}`
}
