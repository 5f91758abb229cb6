import {
  type HarnessCheck,
  type HarnessMetric,
  type HarnessReader,
  isJson,
  type Json,
  jsonIn,
  listIn,
  textOf,
} from './harness.js'

/** A validation result of Great Expectations. A suite without expectations, and one that broke down, have not passed. */
export const greatExpectations: HarnessReader = {
  tool: 'Great Expectations',
  read(value) {
    if (
      !isJson(value) ||
      typeof value['success'] !== 'boolean' ||
      !isJson(value['statistics']) ||
      !('evaluated_expectations' in value['statistics'])
    )
      return undefined
    const checks = listIn(value, 'results').filter(isJson).map(expectation)
    const refusals: string[] = []
    if (checks.length === 0) refusals.push('it has no expectation')
    if (value['success'] !== true && checks.every(({ state }) => state === 'passed'))
      refusals.push('it says that it did not succeed, and not why')
    const version = textOf(jsonIn(value, 'meta')['great_expectations_version'])
    return {
      tool: this.tool,
      ...(version === undefined ? {} : { version }),
      metrics: new Map(),
      checks,
      conditions: new Map(),
      refusals,
    }
  },
}

function expectation(one: Json): HarnessCheck {
  const config = jsonIn(one, 'expectation_config')
  const kwargs = jsonIn(config, 'kwargs')
  const name = [
    textOf(config['type'] ?? config['expectation_type']) ?? 'expectation',
    textOf(kwargs['column']),
  ]
    .filter((part) => part !== undefined)
    .join(' of ')
  // Older ones have one exception, newer ones one for each metric.
  const exceptions = jsonIn(one, 'exception_info')
  const raised = [exceptions, ...Object.values(exceptions)]
    .filter(isJson)
    .find((found) => found['raised_exception'] === true)
  if (raised !== undefined)
    return { name, state: 'errored', message: textOf(raised['exception_message']) ?? '' }
  return { name, state: one['success'] === true ? 'passed' : 'failed', message: observed(one) }
}

function observed(one: Json): string {
  const result = jsonIn(one, 'result')
  const count = textOf(result['unexpected_count'])
  const value = textOf(result['observed_value'])
  return count !== undefined ? `${count} unexpected values` : value !== undefined ? `observed ${value}` : ''
}

/** A snapshot of Evidently (0.7 and later): metrics with values, and tests with a status. */
export const evidently: HarnessReader = {
  tool: 'Evidently',
  read(value) {
    if (!isJson(value) || !Array.isArray(value['metrics']) || !Array.isArray(value['tests'])) return undefined
    const metrics = new Map<string, HarnessMetric>()
    for (const metric of value['metrics'].filter(isJson)) {
      const name = textOf(metric['metric_name'] ?? metric['metric_id'] ?? metric['id']) ?? 'metric'
      const found = metric['value']
      if (typeof found === 'number') metrics.set(name, { value: found })
      else if (isJson(found))
        for (const [part, number] of Object.entries(found))
          if (typeof number === 'number') metrics.set(`${name}/${part}`, { value: number })
    }
    const checks = value['tests'].filter(isJson).map((one): HarnessCheck => {
      const status = textOf(one['status']) ?? ''
      const state =
        { SUCCESS: 'passed', WARNING: 'failed', FAIL: 'failed', SKIPPED: 'skipped' }[
          status.replace(/^.*\./, '')
        ] ?? 'errored'
      return {
        name: textOf(one['name'] ?? one['id']) ?? 'test',
        state: state as HarnessCheck['state'],
        message: textOf(one['description']) ?? '',
      }
    })
    return { tool: this.tool, metrics, checks, conditions: new Map(), refusals: [] }
  },
}

/** `SchemaErrors.message` of Pandera, written as JSON: kinds of errors, each a list of what broke. */
export const pandera: HarnessReader = {
  tool: 'Pandera',
  read(value) {
    if (!isJson(value)) return undefined
    const kinds = Object.entries(value).filter(([kind]) => kind === 'SCHEMA' || kind === 'DATA')
    if (kinds.length === 0 || kinds.length !== Object.keys(value).length) return undefined
    const checks = kinds.flatMap(([, reasons]) =>
      Object.entries(isJson(reasons) ? reasons : {}).flatMap(([reason, errors]) =>
        (Array.isArray(errors) ? errors : []).filter(isJson).map(
          (one): HarnessCheck => ({
            name: [reason, textOf(one['column'])].filter((part) => part !== undefined).join(' of '),
            state: 'failed',
            message: textOf(one['error']) ?? '',
          }),
        ),
      ),
    )
    return {
      tool: this.tool,
      metrics: new Map(),
      checks,
      conditions: new Map(),
      refusals: checks.length === 0 ? ['it names no error'] : [],
    }
  },
}

/** Rows of Deequ's `checkResultsAsJson`. */
export const deequ: HarnessReader = {
  tool: 'Deequ',
  read(value) {
    if (!Array.isArray(value) || value.length === 0) return undefined
    if (!value.every((row) => isJson(row) && 'constraint_status' in row && 'check' in row)) return undefined
    const checks = (value as readonly Json[]).map(
      (row): HarnessCheck => ({
        name: `${textOf(row['check']) ?? 'check'}: ${textOf(row['constraint']) ?? ''}`,
        state: row['constraint_status'] === 'Success' ? 'passed' : 'failed',
        message: textOf(row['constraint_message']) ?? '',
      }),
    )
    return { tool: this.tool, metrics: new Map(), checks, conditions: new Map(), refusals: [] }
  },
}
