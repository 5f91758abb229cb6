import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ANNOTATION_LENGTH, ANNOTATION_LIMIT, toAnnotations } from '../src/index.js'
import { anyFinding, findingWith } from './reports.js'

const location = { file: 'Dockerfile', line: 3, column: 6, endColumn: 9 }

test('only a line that somebody must change is annotated', () => {
  expect(
    toAnnotations([
      findingWith({ location }),
      findingWith({}),
      findingWith({ location: { file: 'model.pkl' } }),
      findingWith({ location, level: 'note' }),
      findingWith({ location, waivedBy: { owner: 'o', reason: 'r', expires: '2026-12-31' } }),
    ]),
  ).toEqual([
    {
      level: 'error',
      title: 'pins/unpinned',
      message: 'm',
      file: 'Dockerfile',
      startLine: 3,
      startColumn: 6,
      endColumn: 9,
    },
  ])
})

test('the tenth says how many more there are', () => {
  const shown = toAnnotations(Array.from({ length: 25 }, () => findingWith({ location })))
  expect(shown).toHaveLength(10)
  expect(shown[9]?.message).toBe('m (15 more in the summary)')
})

test('files are named from the root of the repository', () => {
  expect(toAnnotations([findingWith({ location })], 'examples/x')[0]?.file).toBe('examples/x/Dockerfile')
})

test('columns are left out when the place spans lines, as the runner demands', () => {
  const [annotation] = toAnnotations([findingWith({ location: { ...location, endLine: 5 } })])
  expect(annotation).toMatchObject({ startLine: 3, endLine: 5 })
  expect(annotation).not.toHaveProperty('startColumn')
})

test('never more than GitHub shows, never longer than it takes', () => {
  fc.assert(
    fc.property(fc.array(anyFinding, { maxLength: 60 }), (findings) => {
      const annotations = toAnnotations(findings)
      for (const level of ['error', 'warning']) {
        expect(annotations.filter((one) => one.level === level).length).toBeLessThanOrEqual(ANNOTATION_LIMIT)
      }
      for (const { message } of annotations) expect(message.length).toBeLessThanOrEqual(ANNOTATION_LENGTH)
    }),
  )
})
