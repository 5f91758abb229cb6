import type { Chooser } from './chooser.js'

/** An element of DER; `parts` where its content is more elements. */
interface Element {
  tag: number
  content: Buffer
  parts: Element[] | undefined
  /** Written in place of its true length. */
  length?: Buffer
}

function elementsIn(data: Buffer): Element[] | undefined {
  const found: Element[] = []
  for (let at = 0; at < data.length; ) {
    const tag = data[at] ?? 0
    const first = data[at + 1] ?? 0xff
    const octets = first < 0x80 ? 0 : first & 0x7f
    if (octets > 3 || first === 0x80 || at + 2 + octets > data.length) return undefined
    const length = octets === 0 ? first : data.readUIntBE(at + 2, octets)
    const start = at + 2 + octets
    if (start + length > data.length) return undefined
    const content = data.subarray(start, start + length)
    // Octet strings often hold more of it; bit strings do behind a byte, which is left as it is.
    const parts = (tag & 0x20) !== 0 || tag === 0x04 ? elementsIn(content) : undefined
    found.push({ tag, content, parts: parts?.length === 0 ? undefined : parts })
    at = start + length
  }
  return found
}

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.of(size)
  const hex = size.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}

function written({ tag, content, parts, length }: Element): Buffer {
  const body = parts ? Buffer.concat(parts.map(written)) : content
  return Buffer.concat([Buffer.of(tag), length ?? lengthOf(body.length), body])
}

/** Every element, with the list it stands in. */
function places(elements: Element[]): { list: Element[]; at: number }[] {
  return elements.flatMap(({ parts }, at) => [{ list: elements, at }, ...(parts ? places(parts) : [])])
}

const primitive = (tag: number, content: Buffer): Element => ({ tag, content, parts: undefined })
const nested = (depth: number, tag: number): Buffer => {
  let inside = Buffer.alloc(0)
  for (let level = 0; level < depth; level++)
    inside = Buffer.concat([Buffer.of(tag), lengthOf(inside.length), inside])
  return inside
}

type Change = (list: Element[], at: number, choose: Chooser) => void
const set =
  (change: (element: Element, choose: Chooser) => void): Change =>
  (list, at, choose) => {
    const element = list[at]
    if (element) change(element, choose)
  }

const CHANGES: Readonly<Record<string, Change>> = {
  'another tag': set((element, choose) => {
    element.tag = choose.of([
      0, 1, 2, 3, 4, 5, 6, 0x0c, 0x17, 0x18, 0x1f, 0x3f, 0x30, 0x31, 0x80, 0xa0, 0xa3, 0xff,
    ])
  }),
  'another length': set((element, choose) => {
    element.length = choose.of(
      [
        '80',
        '00',
        '7f',
        '8100',
        '81ff',
        '820000',
        '82ffff',
        '84ffffffff',
        '86ffffffffffff',
        '88ffffffffffffffff',
        'ff',
        '8180',
      ].map((hex) => Buffer.from(hex, 'hex')),
    )
  }),
  'other content': set((element, choose) => {
    element.parts = undefined
    element.content = Buffer.from(Array.from({ length: choose.below(40) }, () => choose.below(256)))
  }),
  'no content': set((element) => {
    element.parts = undefined
    element.content = Buffer.alloc(0)
  }),
  'a huge integer': (list, at, choose) => {
    list[at] = primitive(0x02, Buffer.alloc(1 + choose.below(20_000), choose.of([0x7f, 0xff, 0])))
  },
  'an OID with arcs beyond 2^63': (list, at, choose) => {
    list[at] = primitive(0x06, Buffer.from(`2a${'ff'.repeat(1 + choose.below(5000))}7f`, 'hex'))
  },
  'an OID of many arcs': (list, at, choose) => {
    list[at] = primitive(0x06, Buffer.alloc(1 + choose.below(5000), 1))
  },
  'an OID that ends within an arc': (list, at) => {
    list[at] = primitive(0x06, Buffer.from('2affff', 'hex'))
  },
  'a bit string of odd form': (list, at, choose) => {
    list[at] = primitive(0x03, Buffer.from(choose.of(['', '00', '07', '08', 'ff00', '0780']), 'hex'))
  },
  'a time of odd form': (list, at, choose) => {
    const text = choose.of([
      '',
      '99991399999999Z',
      '20260101000000',
      '20260101000000.5Z',
      '-0260101000000Z',
      '000000000000Z',
      '20260101000000+0100',
    ])
    list[at] = primitive(choose.of([0x17, 0x18]), Buffer.from(text))
  },
  'deep nesting': (list, at, choose) => {
    const inside = nested(1 + choose.below(3000), choose.of([0x30, 0x31, 0x04, 0xa0]))
    list[at] = primitive(choose.of([0x30, 0x04]), inside)
  },
  'many elements': (list, at, choose) => {
    list[at] = primitive(0x30, Buffer.from('0500'.repeat(choose.below(12_000)), 'hex'))
  },
  twice: (list, at) => {
    const element = list[at]
    if (element) list.splice(at, 0, element)
  },
  'left out': (list, at) => void list.splice(at, 1),
  swapped: (list, at, choose) => {
    const other = choose.below(list.length)
    const [one, two] = [list[at], list[other]]
    if (one && two) [list[at], list[other]] = [two, one]
  },
  'in place of another': (list, at, choose) => {
    list[at] = choose.of(list)
  },
}

/** DER with one of its elements changed as an attacker would, the lengths around it being true again. */
export function changedDer(der: Buffer, choose: Chooser): Buffer {
  const elements = elementsIn(der)
  if (!elements || elements.length === 0) throw new Error('no DER')
  const { list, at } = choose.of(places(elements))
  choose.of(Object.values(CHANGES))(list, at, choose)
  return Buffer.concat(elements.map(written))
}
