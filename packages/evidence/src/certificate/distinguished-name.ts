import type { ASN1Obj } from '@sigstore/core'

/** Names of attribute types (RFC 4514 section 3, and the two that OpenSSL adds and PKIs use). */
const TYPES: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

/** Encodings of strings by their tags (X.690). */
const STRINGS: Record<number, 'utf8' | 'latin1' | 'utf16be'> = {
  12: 'utf8',
  19: 'latin1',
  20: 'latin1',
  22: 'latin1',
  30: 'utf16be',
}

/**
 * A name as text (RFC 4514): the most specific part first, `CN=release,O=Acme,C=DE`, as
 * `openssl x509 -noout -subject -nameopt RFC2253,-esc_msb` prints it.
 */
export function distinguishedName(name: ASN1Obj): string {
  return name.subs
    .map((set) => set.subs.map(attribute).join('+'))
    .reverse()
    .join(',')
}

function attribute({ subs }: ASN1Obj): string {
  const [type, value] = subs
  if (type === undefined || value === undefined) throw new Error('an attribute of a name lacks its value')
  const oid = type.toOID()
  const encoding = STRINGS[value.tag.number]
  const known = TYPES[oid]
  if (known === undefined || encoding === undefined) return `${oid}=#${value.toDER().toString('hex')}`
  return `${known}=${escaped(new TextDecoder(decoderOf[encoding], { fatal: true }).decode(value.value))}`
}

const decoderOf = { utf8: 'utf-8', latin1: 'latin1', utf16be: 'utf-16be' } as const

/** RFC 4514 section 2.4. */
function escaped(text: string): string {
  return text
    .replace(/[",+;<>\\]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/[\x00-\x1f\x7f]/g, (character) => `\\${Buffer.from(character).toString('hex').toUpperCase()}`)
}
