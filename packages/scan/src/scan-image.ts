import type { Descriptor, Repository } from '@sluice/oci'
import { type Image, imagesOf } from './image/images.js'
import { readRoot } from './image/read-root.js'
import { type Inventory, takeInventory } from './inventory/inventory.js'

/** An image with what is installed in it. */
export interface InventoriedImage extends Image {
  readonly inventory: Inventory
  /** Entries of all its layers. */
  readonly entries: number
}

/**
 * Streams the images below a descriptor and takes their inventories, one after another.
 * @throws SluiceError IMAGE_PLATFORM_NOT_FOUND, IMAGE_NOT_AN_IMAGE, and those of the repository
 */
export async function inventoryImages(
  repository: Repository,
  top: Descriptor,
  platforms: readonly string[] = [],
  signal?: AbortSignal,
): Promise<InventoriedImage[]> {
  const images: InventoriedImage[] = []
  for (const image of await imagesOf(repository, top, platforms)) {
    signal?.throwIfAborted()
    const { files, gaps, entries } = await readRoot(repository, image.layers)
    const inventory = takeInventory(files)
    images.push({ ...image, entries, inventory: { ...inventory, gaps: [...gaps, ...inventory.gaps] } })
  }
  return images
}
