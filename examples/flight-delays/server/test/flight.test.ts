import { expect, test } from 'vitest'
import { parseFlight } from '../src/flight.js'

const good = { date: '2001-06-25T14:35', origin: 'ORD', destination: 'LGA', distance: 733 }

test('a flight is taken apart into what features need', () => {
  expect(parseFlight(good)).toEqual({
    minuteOfDay: 875,
    weekday: 0,
    distance: 733,
    origin: 'ORD',
    destination: 'LGA',
  })
  expect(parseFlight({ ...good, date: '2001-07-01T00:00:00.000' })).toMatchObject({
    minuteOfDay: 0,
    weekday: 6,
  })
})

test.each([
  [
    'a time with a zone, which could be another clock',
    { date: '2001-06-25T14:35Z' },
    /date: .*without a zone/,
  ],
  ['a day that does not exist', { date: '2001-02-30T10:00' }, /date: .*exist/],
  ['an hour that does not exist', { date: '2001-06-25T24:00' }, /date: .*exist/],
  ['no date', { date: undefined }, /date: found nothing/],
  ['an airport in small letters', { origin: 'ord' }, /origin: .*capital/],
  ['a destination that is no text', { destination: 7 }, /destination: /],
  ['a distance as text', { distance: '733' }, /distance: .*miles/],
  ['a distance of nothing', { distance: 0 }, /distance: .*miles/],
])('%s is refused', (_, change, message) => {
  expect(() => parseFlight({ ...good, ...change })).toThrow(message)
})

test.each([null, undefined, 'flight', 7, []])('%j is no flight', (value) => {
  expect(() => parseFlight(value)).toThrow('date')
})
