import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './peers.js'

/** A certificate authority that lives for two days; both members PEM. */
export interface Authority {
  readonly certificate: string
  readonly key: string
}

/** Makes a self-signed authority with OpenSSL. `gh` goes by the organisation of the one that issued, so there is one. */
export async function authorityOf(folder: string, organisation: string): Promise<Authority> {
  const place = await mkdtemp(join(folder, 'authority-'))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(join(place, 'ca.key'), key, { mode: 0o600 })
  await runProgram(
    'openssl',
    [
      ...['req', '-x509', '-new', '-key', 'ca.key', '-days', '2', '-subj', `/O=${organisation}/CN=authority`],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', 'ca.pem'],
    ],
    place,
  )
  return { key, certificate: await readFile(join(place, 'ca.pem'), 'utf8') }
}
