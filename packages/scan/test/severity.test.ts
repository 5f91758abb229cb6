import { expect, test } from 'vitest'
import { cvss3BaseScore, severityOfScore, severityOfWord } from '../src/severity.js'

// Scores as NVD publishes them for these vectors.
test.each([
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
  ['CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N', 5.9],
  ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
  ['CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:N', 4.8],
  ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N', 1.6],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O', 9.8],
])('%s is %d', (vector, score) => {
  expect(cvss3BaseScore(vector)).toBe(score)
})

test.each([
  'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
  'AV:N/AC:L/Au:N/C:P/I:P/A:P',
  'CVSS:3.1/AV:N/AC:L',
  'CVSS:3.1/AV:constructor/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  '',
])('%j has no score that is known', (vector) => {
  expect(cvss3BaseScore(vector)).toBeUndefined()
})

test.each([
  [0, 'low'],
  [3.9, 'low'],
  [4, 'medium'],
  [7, 'high'],
  [8.9, 'high'],
  [9, 'critical'],
  [10, 'critical'],
  [11, 'unknown'],
  [Number.NaN, 'unknown'],
])('a score of %d is %s', (score, severity) => {
  expect(severityOfScore(score)).toBe(severity)
})

test.each([
  ['CRITICAL', 'critical'],
  ['MODERATE', 'medium'],
  ['unimportant', 'low'],
  ['Negligible', 'low'],
  ['not yet assigned', 'unknown'],
  ['toString', 'unknown'],
  [undefined, 'unknown'],
  [5, 'unknown'],
])('the word %j is %s', (word, severity) => {
  expect(severityOfWord(word)).toBe(severity)
})
