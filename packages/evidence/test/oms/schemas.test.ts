import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import {
  type HashOptions,
  hashTree,
  keySigner,
  modelStatement,
  signStatement,
  verifySignature,
} from '../../src/index.js'
import { conformance } from '../conformance.js'
import { keyPair } from '../keys.js'

const where = join(conformance ?? '/absent', 'oms-spec')
const read = (path: string) => JSON.parse(readFileSync(join(where, path), 'utf8'))

function validators() {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  for (const name of readdirSync(join(where, 'schemas/v1.0'))) ajv.addSchema(read(`schemas/v1.0/${name}`))
  const validate = (id: string, value: unknown) => {
    const check = ajv.getSchema(`https://model_signing/${id}/v1.0/schema`)
    check?.(value)
    return check?.errors ?? []
  }
  return (bundle: { dsseEnvelope: { payload: string } }) => [
    ...validate('bundle', bundle),
    ...validate('statement', JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())),
  ]
}

describe.skipIf(!conformance)('the JSON Schemas of ossf/model-signing-spec', () => {
  test.each<[string, HashOptions]>([
    ['files', {}],
    ['files by BLAKE2b', { algorithm: 'blake2b' }],
    ['shards with an empty file', { shardSize: 4 }],
    ['nothing ignored', { ignore: [] }],
  ])('hold for what is signed: %s', async (_form, options) => {
    const root = mkdtempSync(join(tmpdir(), 'sluice-schema-'))
    writeFileSync(join(root, 'weights.bin'), '0123456789')
    writeFileSync(join(root, 'empty'), '')
    const statement = modelStatement(await hashTree(root, options))
    const bundle = await signStatement(statement, keySigner({ pem: keyPair().privatePem }))
    const errors = validators()
    expect(errors(bundle as never)).toEqual([])
    const wrong = structuredClone(bundle) as { dsseEnvelope: { payload: string } }
    wrong.dsseEnvelope.payload = Buffer.from(
      JSON.stringify({ ...statement, predicate: { ...statement.predicate, extra: 1 } }),
    ).toString('base64')
    expect(errors(wrong)).not.toEqual([])
  })

  const vectors = (folder: string) =>
    conformance
      ? readdirSync(join(where, 'test-vectors/v1.0', folder)).map((name) => `${folder}/${name}`)
      : []
  test.each(vectors('invalid'))('%s is refused here too', async (name) => {
    const bundle = readFileSync(join(where, 'test-vectors/v1.0', name))
    await expect(verifySignature(bundle, { key: keyPair().publicPem })).rejects.toMatchObject({
      kind: 'refused',
    })
  })
})
