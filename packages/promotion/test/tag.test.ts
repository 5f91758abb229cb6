import { memoryRepository, OCI_MANIFEST, type Repository, writeArtifact } from '@sluice/oci'
import { beforeEach, expect, test } from 'vitest'
import { moveTag } from '../src/index.js'

let repository: Repository
let first: string
let second: string
let third: string
beforeEach(async () => {
  repository = memoryRepository('registry.example/model')
  const put = async (name: string, tag?: string) => {
    const about = { artifactType: 'application/x-model', layers: [], annotations: { name } }
    return (await writeArtifact(repository, { ...about, ...(tag ? { tag } : {}) })).digest
  }
  first = await put('first', 'live')
  second = await put('second')
  third = await put('third')
})

test('a tag moves when it is where the decision saw it', async () => {
  await moveTag(repository, 'live', second, first)
  expect((await repository.resolve('live'))?.digest).toBe(second)
})

test('a tag that somebody moved in between stays where it is, and both digests are named', async () => {
  await repository.putManifest((await repository.manifest(third)).bytes, OCI_MANIFEST, 'live')
  const moved = moveTag(repository, 'live', second, first)
  await expect(moved).rejects.toMatchObject({ code: 'PROMOTION_TAG_MOVED' })
  await expect(moved).rejects.toThrow(new RegExp(`${third}.*${first}`))
  expect((await repository.resolve('live'))?.digest).toBe(third)
})
