export type { Descriptor, Manifest, Repository } from './content.js'
