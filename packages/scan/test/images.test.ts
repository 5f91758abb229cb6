import { memoryRepository, writeArtifact } from '@sluice/oci'
import { expect, test } from 'vitest'
import { imagesOf } from '../src/image/images.js'
import { DEBIAN, image, index } from './images.js'

test('of an index, the wanted platforms are taken, and attestations never', async () => {
  const repository = memoryRepository()
  const amd64 = await image(repository, [{ 'etc/os-release': DEBIAN }])
  const arm64 = await image(repository, [{ 'etc/os-release': DEBIAN }], { architecture: 'arm64' })
  const top = await index(repository, {
    'linux/amd64': amd64,
    'linux/arm64/v8': arm64,
    'unknown/unknown': amd64,
  })
  const found = async (...platforms: string[]) =>
    (await imagesOf(repository, top, platforms)).map(({ platform }) => platform)
  expect(await found()).toEqual(['linux/amd64', 'linux/arm64/v8'])
  expect(await found('linux/arm64')).toEqual(['linux/arm64/v8'])
  await expect(found('linux/s390x')).rejects.toMatchObject({ code: 'IMAGE_PLATFORM_NOT_FOUND' })
})

test('a lone image is of the platform that its own config says', async () => {
  const repository = memoryRepository()
  const arm64 = await image(repository, [{ 'etc/os-release': DEBIAN }], { architecture: 'arm64' })
  expect(await imagesOf(repository, arm64, [])).toMatchObject([{ platform: 'linux/arm64' }])
  expect(await imagesOf(repository, arm64, ['linux/arm64'])).toHaveLength(1)
  await expect(imagesOf(repository, arm64, ['linux/amd64'])).rejects.toMatchObject({
    code: 'IMAGE_PLATFORM_NOT_FOUND',
  })
})

test('an artifact that is no image is refused', async () => {
  const repository = memoryRepository()
  const top = await writeArtifact(repository, { artifactType: 'application/x-model', layers: [] } as never)
  await expect(imagesOf(repository, top, [])).rejects.toMatchObject({ code: 'IMAGE_NOT_AN_IMAGE' })
})
