import { SluiceError } from '@sluice/errors'
import {
  type AnyAction,
  commonOutputs,
  type Input,
  type InputDeclarations,
  kebab,
  shellFlags,
} from '@sluice/toolkit'
import { PROJECT } from '@sluice/verdict'
import { stringify } from 'yaml'
import { GENERATED } from './action-yml.js'
import { CHECKOUT, COMMIT, guideWorkflow } from './guide.js'

const LOGIN = [
  '  - run: echo "$TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin',
  '    env: { TOKEN: "${{ github.token }}" } # any `docker login` is taken; a folder or `oci:` needs none',
]

/** The action's README.md: one sentence, how to use it, permissions, inputs, outputs, command line, exit codes. */
export function actionReadme(action: AnyAction): string {
  checkExample(action)
  const blocks = [
    `<!-- ${GENERATED} -->`,
    `# ${action.name}`,
    action.description,
    '```yaml',
    usage(action),
    '```',
    `Replace the commit with that of the release you use: \`git ls-remote https://github.com/${PROJECT.repository} v${PROJECT.version}\`.`,
    ...guides(action),
    '## Permissions',
    ...permissions(action),
    '## Inputs',
    inputsTable(action),
    '## Outputs',
    outputsTable(action),
    '## On the command line',
    'The same run, from a checkout of this repository; nothing of it needs GitHub:',
    '```sh',
    `npm run -s sluice -- ${action.name}${shellFlags(action.example ?? {})}`,
    '```',
    '`--format text|json|sarif|markdown|junit` chooses what is printed, `--help` lists the flags.',
    '| exit code | means |\n|---|---|\n| 0 | pass or warn |\n| 1 | the check decided: fail |\n| 2 | bad usage, input or configuration: nothing was examined |\n| 3 | inconclusive, or a fault of the surroundings: nothing was decided |',
    'Every error has a code; [troubleshooting](../../docs/troubleshooting.md) says what each one means and what to do.',
  ]
  return `${blocks.reduce((text, block, index) => (index === 0 ? block : `${text}${gap(blocks[index - 1], block)}${block}`), '')}\n`
}

/** Fences hug their content; other blocks are parted by an empty line. */
function gap(before: string | undefined, block: string): string {
  return block === '```' || (before?.startsWith('```') && before.length > 3) ? '\n' : '\n\n'
}

function usage(action: AnyAction): string {
  const granted = Object.entries(action.permissions).map(([key, value]) => {
    const { level, reason } = grant(value)
    return `  ${key}: ${level} # ${reason}`
  })
  const example = Object.entries(action.example ?? {})
  const values = stringify(action.example ?? {}, { lineWidth: 0 }).trimEnd()
  return [
    granted.length > 0 ? 'permissions:' : 'permissions: {}',
    ...granted,
    'steps:',
    `  - uses: ${CHECKOUT}`,
    // The permission alone opens no registry: the token has to be handed to it.
    ...('packages' in action.permissions ? LOGIN : []),
    `  - uses: ${PROJECT.repository}/actions/${action.name}@${COMMIT} # v${PROJECT.version}`,
    ...(example.length > 0 ? ['    with:', ...values.split('\n').map((line) => `      ${line}`)] : []),
  ].join('\n')
}

function guides(action: AnyAction): string[] {
  return (action.guides ?? []).flatMap((guide) => [
    `## ${guide.title}`,
    guide.text,
    '```yaml',
    guideWorkflow(guide, action),
    '```',
  ])
}

function permissions(action: AnyAction): string[] {
  const rows = Object.entries(action.permissions).map(([key, value]) => {
    const { level, reason } = grant(value)
    return [`\`${key}: ${level}\``, reason]
  })
  return rows.length === 0 ? ['None.'] : [table(['permission', 'why'], rows)]
}

function inputsTable(action: AnyAction): string {
  const rows = Object.entries(action.inputs as InputDeclarations).map(([key, input]) => [
    `\`${kebab(key)}\``,
    input.description,
    accepts(input),
    input.required ? '**required**' : defaultOf(input),
  ])
  return table(['input', 'what it is', 'takes', 'default'], rows)
}

function defaultOf({ default: text, runnerDefault }: Input<unknown>): string {
  if (runnerDefault !== undefined) return `${code(runnerDefault)} on a runner`
  return text ? code(text.replaceAll('\n', ', ')) : ''
}

function accepts(input: Input<unknown>): string {
  if (input.choices) return input.choices.map(code).join(', ')
  return { list: 'a list, one entry a line', boolean: '`true`, `false`' }[input.kind as string] ?? input.kind
}

function outputsTable(action: AnyAction): string {
  const rows = Object.entries({ ...action.outputs, ...commonOutputs })
  return table(
    ['output', 'what it is'],
    rows.map(([name, description]) => [code(name), description as string]),
  )
}

/** `write, only when comment is true` → level and reason. */
function grant(text: string): { level: string; reason: string } {
  const match = /^(read|write), (.+)$/.exec(text)
  if (!match) {
    throw new SluiceError('GENERATE_PERMISSION', `A permission reads ${JSON.stringify(text)}.`, {
      remedy: 'Write `<read or write>, <reason>`.',
    })
  }
  return { level: match[1] as string, reason: match[2] as string }
}

function checkExample(action: AnyAction): void {
  const declared = Object.entries(action.inputs as InputDeclarations)
  const known = new Set(declared.map(([key]) => kebab(key)))
  const given = Object.keys(action.example ?? {})
  const wrong = [
    ...given.filter((name) => !known.has(name)),
    ...declared.flatMap(([key, input]) =>
      input.required && !given.includes(kebab(key)) ? [kebab(key)] : [],
    ),
  ]
  if (wrong.length === 0) return
  throw new SluiceError(
    'GENERATE_EXAMPLE',
    `The example of \`${action.name}\` does not fit its inputs: ${wrong.join(', ')}.`,
    { remedy: 'Give every required input in `example`, and no other names than the inputs have.' },
  )
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
