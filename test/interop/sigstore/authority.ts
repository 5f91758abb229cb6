import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './peers.js'

/** A certificate and its key, both PEM. */
export interface Certified {
  readonly certificate: string
  readonly key: string
}

/** A certificate authority that lives for two days. */
export interface Authority extends Certified {
  /**
   * A certificate by this authority, of a fresh P-256 key, valid for a day.
   * @param subject as OpenSSL writes it, `/O=Acme/CN=release`
   * @param extensions lines of OpenSSL's configuration
   */
  issue(subject: string, extensions: readonly string[]): Promise<Certified>
}

/** Makes a self-signed authority with OpenSSL. `gh` goes by the organisation of the one that issued, so there is one. */
export async function authorityOf(folder: string, organisation: string): Promise<Authority> {
  const place = await mkdtemp(join(folder, 'authority-'))
  const openssl = (...args: string[]) => runProgram('openssl', args, place)
  const key = await newKey(place, 'ca.key')
  const subject = `/O=${organisation}/CN=authority`
  const may = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  await openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    'ca.key',
    '-days',
    '2',
    '-subj',
    subject,
    ...may,
    '-out',
    'ca.pem',
  )
  let count = 0
  return {
    key,
    certificate: await readFile(join(place, 'ca.pem'), 'utf8'),
    async issue(subject, extensions) {
      const name = `${++count}`
      const key = await newKey(place, `${name}.key`)
      await writeFile(join(place, `${name}.cnf`), `${extensions.join('\n')}\n`)
      await openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1']
      await openssl(
        ...['x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.cnf`, '-out', `${name}.pem`],
      )
      return { key, certificate: await readFile(join(place, `${name}.pem`), 'utf8') }
    },
  }
}

async function newKey(place: string, name: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(join(place, name), key, { mode: 0o600 })
  return key
}
