export { CONFIG_LIMIT, type ConfigSource, loadSection, parseSection } from './load.js'
export { type ConfigSection, defineSection, SECTION_NAMES, type SectionName } from './section.js'
