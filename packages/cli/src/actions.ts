import type { AnyAction } from '@sluice/toolkit'

interface ActionModule {
  readonly action: AnyAction
}

/** Every action by name, loaded when it is called. */
export const ACTIONS: Readonly<Record<string, () => Promise<ActionModule>>> = {
  'pin-check': () => import('@sluice/action-pin-check'),
  'image-scan': () => import('@sluice/action-image-scan'),
  'model-scan': () => import('@sluice/action-model-scan'),
  'data-gate': () => import('@sluice/action-data-gate'),
  'model-gate': () => import('@sluice/action-model-gate'),
  report: () => import('@sluice/action-report'),
  sign: () => import('@sluice/action-sign'),
  verify: () => import('@sluice/action-verify'),
  promote: () => import('@sluice/action-promote'),
  rollback: () => import('@sluice/action-rollback'),
  canary: () => import('@sluice/action-canary'),
}
