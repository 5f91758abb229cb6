export {
  BUNDLE_LIMIT,
  BUNDLE_MEDIA_TYPE,
  bundleBytes,
  type SerializedBundle,
} from './bundle/bundle.js'
export { PAYLOAD_TYPE, preAuthEncoding } from './bundle/envelope.js'
export { isAbout, parseStatement, SUBJECT_LIMIT } from './bundle/statement.js'
export { parseStrictJson } from './bundle/strict-json.js'
export { readAnchors as readAuthorities } from './certificate/pem.js'
export { compareLayers } from './dependencies/artifact.js'
export type { DeclaredDependency, DeclaredLineage } from './dependencies/declaration.js'
export { resolveDependencies } from './dependencies/resolve.js'
export { readSigner } from './dependencies/signer.js'
export type { DependencySources } from './dependencies/sources.js'
export { type Gap, gapFindings, gapsIn, names as listNames } from './explain/gaps.js'
export { type Reading, readEvidence, type Trust } from './explain/reading.js'
export { explanationSections } from './explain/sections.js'
export { ALGORITHMS, type Algorithm } from './hash/algorithm.js'
export { type FileDigest, sha256File, sha256Files } from './hash/files.js'
export { pathFault } from './hash/path-name.js'
export { type CacheOptions, hashTreeForSigning } from './hash/signing-tree.js'
export {
  DEFAULT_IGNORES,
  type HashedFile,
  type HashedResource,
  type HashedTree,
  type Hashing,
  type HashOptions,
  hashTree,
  requireUnchanged,
  resourcesOf,
  treeDigest,
} from './hash/tree.js'
export {
  type Ancestor,
  type Lineage,
  type LineageDemand,
  type NamedDependency,
  verifyLineage,
} from './lineage/lineage.js'
export {
  artifactFiles,
  artifactStatement,
  compareArtifact,
  type LayerFile,
  loadableLayers,
} from './oms/artifact.js'
export { type ByteRange, compareModel, isUnchanged, type ModelDifference } from './oms/compare.js'
export type { Compatibility } from './oms/compatibility.js'
export { type LoadableFiles, loadableIgnored } from './oms/loadable.js'
export {
  type HashType,
  type ModelManifest,
  OMS_TYPE,
  readModelManifest,
  rootDigest,
} from './oms/manifest.js'
export { DEFAULT_SHARD_SIZE } from './oms/shard.js'
export { modelStatement } from './oms/statement.js'
export {
  type ModelExpectation,
  type SignedModel,
  type VerifiedModel,
  verifyModel,
  verifyModelSignature,
} from './oms/verify-model.js'
export { type ExternalParameters, externalParameters } from './provenance/parameters.js'
export { type ProvenanceParts, provenanceStatement, type WorkflowRun } from './provenance/provenance.js'
export { PROVENANCE_TYPE } from './provenance/types.js'
export type { EvidenceCode } from './refusal.js'
export { type SigningConfig, signingSection } from './section.js'
export { commandKey, type SignerCommand } from './sign/command/command-key.js'
export { type IdentityClaims, identityClaims } from './sign/identity-token.js'
export { keyHint, openPrivateKey, readPublicKey } from './sign/key.js'
export { type KeyHolder, localKey } from './sign/key-holder.js'
export {
  type HeldKeySignerOptions,
  heldKeySigner,
  type KeySignerOptions,
  keySigner,
} from './sign/key-signer.js'
export { type KeylessSignerOptions, keylessSigner } from './sign/keyless-signer.js'
export type { Reach, SigningFetch } from './sign/service/ask.js'
export type { LogService } from './sign/service/log.js'
export {
  keylessServices,
  keyWitnesses,
  readServices,
  type ServiceSettings,
  type Services,
} from './sign/services.js'
export { type Signer, signStatement } from './sign/signer.js'
export { readSigningChain, type SigningChain } from './sign/signing-chain.js'
export { type ListedServices, readSigningConfig, readTrustConfig } from './sign/signing-config.js'
export type { Witnesses, WitnessOptions } from './sign/witnesses.js'
export { folderStore, folderSubjects } from './store/folder.js'
export { type GitHubRepository, githubStore } from './store/github.js'
export { combinedStore, isFolder, openStore, type StoreDependencies } from './store/open.js'
export { referrersStore } from './store/referrers.js'
export { bundlesNaming } from './store/search.js'
export type { EvidenceStore, StoredBundle } from './store/store.js'
export { readTimestampAuthority } from './timestamp/verify-timestamp.js'
export {
  type Examination,
  examine,
  nearestRefusal,
  type RefusedBundle,
  requireEvidence,
} from './verify/examination.js'
export { type Identity, identityPattern } from './verify/identity.js'
export type { SignedByKey } from './verify/keyed.js'
export type { SignedByAuthority } from './verify/own-pki.js'
export { claimedTime, withSigningTime } from './verify/time.js'
export { publicTrustRoot, publicTrustRootBytes, readTrustRoot, type TrustRoot } from './verify/trust-root.js'
export {
  type Expectation,
  type SignedBy,
  type VerifiedEvidence,
  verifyEvidence,
  verifySignature,
} from './verify/verifier.js'
export type { TimeSources } from './verify/witnessed-time.js'
export { canonicalJson, type Json } from './vsa/canonical-json.js'
export type { SummaryExpectation } from './vsa/judge.js'
export { buildLevel } from './vsa/levels.js'
export { type Decision, summaryStatement, VERIFICATION_SUMMARY_TYPE } from './vsa/summary.js'
