export { nearest } from './nearest.js'
export { type ErrorKind, isSluiceError, SluiceError, type SluiceErrorOptions } from './sluice-error.js'
