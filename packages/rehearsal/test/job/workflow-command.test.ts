import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMANDS, parseCommand } from '../../src/job/workflow-command.js'

const escapeData = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

test('what @actions/core writes is read back, whatever the text', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS), text, text, (name, file, data) => {
      const head = file === '' ? name : `${name} file=${escapeProperty(file)}`
      const command = parseCommand(`::${head}::${escapeData(data)}`, COMMANDS)
      expect(command?.name).toBe(name)
      expect(command?.data).toBe(data)
      expect({ ...command?.properties }).toEqual(file === '' ? {} : { file })
    }),
  )
})

test('any line is a command or text', () => {
  const line = fc
    .array(fc.constantFrom('::', '##[', ']', 'error', ' ', 'file', '=', ',', '%0A', 'x'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(line, (text) => {
      const command = parseCommand(text, COMMANDS)
      if (command) expect(COMMANDS).toContain(command.name)
    }),
  )
})

test.each([
  ['::unknown::text'],
  [':: error::text'],
  ['text ::error::text'],
  ['::error:text'],
  ['##[unknown]text'],
  ['::__proto__::x'],
])('%s is text', (line) => {
  expect(parseCommand(line, COMMANDS)).toBeUndefined()
})
