export { jsonSchema } from './json-schema.js'
export {
  CONFIG_FILE,
  CONFIG_LIMIT,
  type ConfigSource,
  type LocatedSection,
  loadLocatedSection,
  loadSection,
  parseSection,
} from './load.js'
export { relativePath } from './relative-path.js'
export { type ConfigSection, defineSection, SECTION_NAMES, type SectionName } from './section.js'
export { MODEL_FORMATS, type Model, modelSection } from './sections/model.js'
export {
  type ImageScanSettings,
  type ModelScanSettings,
  PICKLE_PROFILES,
  type PickleProfile,
  type ScanSettings,
  SEVERITIES,
  type Severity,
  scanSection,
} from './sections/scan.js'
export { waiversSection } from './sections/waivers.js'
