import type { AnyAction } from '@sluice/toolkit'

interface ActionModule {
  readonly action: AnyAction
}

/** Every action by name, loaded when it is called. */
export const ACTIONS: Readonly<Record<string, () => Promise<ActionModule>>> = {
  'pin-check': async () => (await import('@sluice/action-pin-check')) as ActionModule,
  'image-scan': async () => (await import('@sluice/action-image-scan')) as ActionModule,
  'model-scan': async () => (await import('@sluice/action-model-scan')) as ActionModule,
  'model-gate': async () => (await import('@sluice/action-model-gate')) as ActionModule,
  sign: async () => (await import('@sluice/action-sign')) as ActionModule,
  verify: async () => (await import('@sluice/action-verify')) as ActionModule,
  promote: async () => (await import('@sluice/action-promote')) as ActionModule,
  rollback: async () => (await import('@sluice/action-rollback')) as ActionModule,
  canary: async () => (await import('@sluice/action-canary')) as ActionModule,
}
