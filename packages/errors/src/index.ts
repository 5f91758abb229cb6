export { type ErrorKind, isSluiceError, SluiceError, type SluiceErrorOptions } from './sluice-error.js'
