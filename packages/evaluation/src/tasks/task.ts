/** What a model is asked for; it says what a row of predictions holds. */
export const TASKS = [
  'binary',
  'multiclass',
  'multilabel',
  'regression',
  'ranking',
  'forecasting',
  'generation',
] as const
export type Task = (typeof TASKS)[number]

/** Tasks whose label is one class. */
export function isClassification(task: Task): task is 'binary' | 'multiclass' {
  return task === 'binary' || task === 'multiclass'
}
