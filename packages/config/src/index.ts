export { CONFIG_LIMIT, type ConfigSource, loadSection, parseSection } from './load.js'
export { type ConfigSection, defineSection, SECTION_NAMES, type SectionName } from './section.js'
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
