export { attestedVerdict, type Finding, type Level, type Location, verdictOf } from './finding.js'
export { fingerprint } from './fingerprint.js'
export { logText, oneLine, safeLines, shorten } from './plain-text.js'
export { PROJECT, predicateType } from './project.js'
export { ANNOTATION_LENGTH, ANNOTATION_LIMIT, type Annotation, toAnnotations } from './render/annotations.js'
export { toJson } from './render/json.js'
export { toJunit } from './render/junit.js'
export {
  COMMENT_BUDGET,
  type MarkdownBudget,
  type MarkdownOptions,
  SUMMARY_BUDGET,
  toMarkdown,
} from './render/markdown.js'
export { toSarif } from './render/sarif.js'
export { toText } from './render/text.js'
export {
  type CommandSection,
  type Details,
  type ForestRow,
  type ForestSection,
  type Report,
  type ReportError,
  type Result,
  resultOf,
  type Section,
  type TableSection,
  type TextSection,
} from './report.js'
export {
  type DigestSet,
  type Occasion,
  type ResourceDescriptor,
  STATEMENT_TYPE,
  type Statement,
  type Subject,
  statement,
  TEST_RESULT_TYPE,
  testResultStatement,
  withOccasion,
} from './statement.js'
export { parseSubject } from './subject.js'
export { VERDICTS, type Verdict, worst } from './verdict.js'
export { applyWaivers, type Waiver, type WaiverTerms } from './waiver.js'
