import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { certify } from '../../packages/rehearsal/src/surroundings/certificate.js'
import { daemon, freePort } from './balancers.js'

const peer = join(process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers'), 'trino-476')

/** Whether scripts/peers/trino.sh has installed a server. */
export const TRINO_INSTALLED = existsSync(join(peer, 'java'))

/** As scripts that start a Trino by hand do, with less memory and no second compiler. */
const JAVA = [
  '-Xmx1G',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djdk.attach.allowAttachSelf=true',
  '--add-modules=jdk.incubator.vector',
  '--enable-native-access=ALL-UNNAMED',
  '--sun-misc-unsafe-memory-access=allow',
  '-Dconfig=trino.config',
]

/**
 * A Trino of one node with the memory connector, on loopback, by TLS and with a password, as people run it; this
 * process believes its authority from then on. User, password and certificate are made anew each time.
 */
export async function startTrino() {
  const port = await freePort()
  const inner = await freePort()
  const url = `https://127.0.0.1:${port}`
  const { key, certificate, authority } = await certify(['127.0.0.1'])
  setDefaultCACertificates([...getCACertificates('default'), authority])
  const user = 'gate'
  const password = randomBytes(12).toString('base64')
  const files = {
    'memory.properties': 'connector.name=memory\n',
    'password.config': 'password-authenticator.name=file\nfile.password-file=users\n',
    'server.pem': `${key}\n${certificate}\n`,
    users: `${user}:${hashed(password)}\n`,
    'trino.config': `coordinator=true
node-scheduler.include-coordinator=true
node.environment=test
node.bind-ip=127.0.0.1
node.internal-address=127.0.0.1
http-server.http.port=${inner}
http-server.https.enabled=true
http-server.https.port=${port}
http-server.https.keystore.path=server.pem
http-server.authentication.type=PASSWORD
internal-communication.shared-secret=${randomBytes(32).toString('hex')}
password-authenticator.config-files=password.config
discovery.uri=http://127.0.0.1:${inner}
catalog.config-dir=.
plugin.dir=${join(peer, 'plugin')}
query.max-memory-per-node=600MB
query.max-length=20000000
`,
  }
  const ready = async () => {
    const info = (await (await fetch(`${url}/v1/info`)).json()) as { readonly starting: boolean }
    return !info.starting
  }
  const program = join(peer, 'java')
  const args = () => [...JAVA, '-cp', join(peer, 'server/lib/*'), 'io.trino.server.TrinoServer']
  const server = await daemon(program, files, args, ready, 120)
  return { url, user, password, authority, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** `iterations:salt:hash` as Trino's file authenticator reads it. */
function hashed(password: string): string {
  const salt = randomBytes(16)
  return `2000:${salt.toString('hex')}:${pbkdf2Sync(password, salt, 2000, 64, 'sha1').toString('hex')}`
}
