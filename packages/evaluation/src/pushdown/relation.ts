import { SluiceError } from '@sluice/errors'
import type { SqlColumn, SqlEngine, SqlTable } from '../engines/engine.js'
import type { Roles } from '../predictions/roles.js'
import { type Wanted, wantedColumns } from '../predictions/wanted.js'
import type { SqlDialect } from '../slices/condition/sql.js'
import { missingColumns, type WantedColumn } from '../table/table.js'

/** Where the rows of both models are; one table when both models' scores stand in it. */
export interface SqlTables {
  readonly candidate: SqlTable & { readonly columns?: readonly SqlColumn[] }
  readonly champion?: SqlTable & { readonly columns?: readonly SqlColumn[] }
}

/** Joined rows as SQL, with columns of our own names for what roles name, and the parts under their own. */
export interface Relation {
  readonly dialect: SqlDialect
  /** A statement in brackets that gives each row once. */
  readonly from: string
  /** Each table by itself: one where both models' scores stand in it. */
  readonly sides: readonly {
    readonly side: 'candidate' | 'champion'
    readonly from: string
    readonly id: string
  }[]
  /** Whether ids are whole numbers. */
  readonly wholeIds: boolean
  readonly label: string | undefined
  /** Whether the label is written as a whole number. */
  readonly wholeLabel: boolean
  readonly theirLabel: string | undefined
  readonly scores: Readonly<Record<'candidate' | 'champion', readonly string[]>>
  /** Named number columns, by the name that rules use. */
  readonly named: Readonly<Record<'candidate' | 'champion', ReadonlyMap<string, string>>>
  readonly weight: string | undefined
  readonly cluster: string | undefined
  /** What the champion's table says of a part, to be held against the candidate's. */
  readonly parts: readonly { readonly name: string; readonly ours: string; readonly theirs: string }[]
  readonly hasChampion: boolean
}

/**
 * What statements are made over.
 * @throws SluiceError COLUMN_MISSING, COLUMN_TWICE, ENGINE_FAILED
 */
export async function relationOf(engine: SqlEngine, tables: SqlTables, roles: Roles): Promise<Relation> {
  const { candidate, champion } = tables
  const one = champion === candidate
  const wanted = wantedColumns(roles)
  const ours = await describe(engine, candidate, [
    ...wanted.both,
    ...wanted.parts,
    ...wanted.candidate,
    ...(one ? wanted.champion : []),
  ])
  const theirs = champion === undefined || one ? ours : await describe(engine, champion, theirColumns(wanted))
  return new Builder(engine.dialect, tables, roles, wanted, ours, theirs).build()
}

function theirColumns({ both, champion, parts }: Wanted): WantedColumn[] {
  return [...both, ...parts.map((column) => ({ ...column, optional: true })), ...champion]
}

type Kinds = ReadonlyMap<string, SqlColumn['kind']>

async function describe(
  engine: SqlEngine,
  table: SqlTable & { readonly columns?: readonly SqlColumn[] },
  wanted: readonly WantedColumn[],
): Promise<Kinds> {
  const columns = table.columns ?? (await engine.columns?.(table.from))
  const known = engine.dialect.anyCase ? spelled(columns, wanted) : columns
  if (known !== undefined) {
    const missing = missingColumns(
      table.name,
      wanted,
      known.map(({ name }) => name),
    )
    if (missing) throw missing
    return new Map(known.map(({ name, kind }) => [name, kind]))
  }
  const found = new Map<string, SqlColumn['kind']>()
  for (const { name } of wanted) if (await has(engine, table, name)) found.set(name, 'other')
  const missing = missingColumns(table.name, wanted, [...found.keys()])
  if (missing) throw missing
  return found
}

/** Columns under the names that were asked for, where the engine minds no case. */
function spelled(
  columns: readonly SqlColumn[] | undefined,
  wanted: readonly WantedColumn[],
): readonly SqlColumn[] | undefined {
  const names = new Map(wanted.map(({ name }) => [name.toLowerCase(), name]))
  return columns?.map((column) => ({ ...column, name: names.get(column.name.toLowerCase()) ?? column.name }))
}

/** Asks for a column of no row: an engine that fails on it does not have it. */
async function has(engine: SqlEngine, { from }: SqlTable, name: string): Promise<boolean> {
  try {
    const sql = `select count(${engine.dialect.name(name)}) from ${from} where 1 = 0`
    for await (const _ of engine.query(sql));
    return true
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'ENGINE_FAILED') return false
    throw error
  }
}

/** Conversions only where a column is not yet what is asked for. */
export function typed(dialect: SqlDialect, kinds: Kinds): SqlDialect {
  const byName = new Map([...kinds].map(([name, kind]) => [dialect.name(name), kind]))
  return {
    ...dialect,
    toNumber(expression) {
      const kind = byName.get(expression)
      if (kind === 'number') return expression
      return kind === 'whole' ? dialect.toDouble(expression) : dialect.toNumber(expression)
    },
    toText: (expression) => (byName.get(expression) === 'text' ? expression : dialect.toText(expression)),
  }
}

class Builder {
  readonly #ours: SqlDialect
  readonly #theirs: SqlDialect
  readonly #one: boolean

  constructor(
    dialect: SqlDialect,
    readonly tables: SqlTables,
    readonly roles: Roles,
    readonly wanted: Wanted,
    readonly ourKinds: Kinds,
    readonly theirKinds: Kinds,
  ) {
    this.#ours = typed(dialect, ourKinds)
    this.#theirs = typed(dialect, theirKinds)
    this.#one = tables.champion === tables.candidate
  }

  build(): Relation {
    const { roles, tables } = this
    const hasChampion = tables.champion !== undefined && roles.champion !== undefined
    const two = hasChampion && !this.#one
    const wholeIds = [this.ourKinds, this.theirKinds].every((kinds) => kinds.get(roles.id) === 'whole')
    const numeric = roles.task === 'regression' || roles.task === 'forecasting'
    const columns = roles.columns ?? []
    const { cluster, label, weight } = roles
    const select = (dialect: SqlDialect, all: Readonly<Record<string, string>>) =>
      Object.entries(all).map(([alias, expression]) => `${expression} as ${dialect.name(alias)}`)
    const labelOf = (dialect: SqlDialect, kinds: Kinds) =>
      numeric
        ? dialect.toNumber(dialect.name(label!))
        : kinds.get(label!) === 'whole'
          ? dialect.name(label!)
          : textOf(dialect, label!)
    const id = (dialect: SqlDialect) => (wholeIds ? dialect.name(roles.id) : textOf(dialect, roles.id))
    const numbers = (dialect: SqlDialect, prefix: string, names: readonly string[]) =>
      Object.fromEntries(names.map((name, i) => [`${prefix}${i}`, dialect.toNumber(dialect.name(name))]))
    const theirNumbers = (dialect: SqlDialect) => ({
      ...numbers(dialect, 'sluice_b', roles.champion ?? []),
      ...numbers(
        dialect,
        'sluice_q',
        columns.map(({ champion }) => champion),
      ),
    })
    const parts = this.wanted.parts.map(({ name }) => name)
    const shared = two ? parts.filter((name) => this.theirKinds.has(name)) : []
    const left = `(select ${[
      ...select(this.#ours, {
        sluice_i: id(this.#ours),
        ...(label === undefined ? {} : { sluice_y: labelOf(this.#ours, this.ourKinds) }),
        ...numbers(this.#ours, 'sluice_a', roles.candidate),
        ...numbers(
          this.#ours,
          'sluice_p',
          columns.map(({ name }) => name),
        ),
        ...(weight === undefined ? {} : { sluice_w: this.#ours.toNumber(this.#ours.name(weight)) }),
        ...(cluster === undefined ? {} : { sluice_c: textOf(this.#ours, cluster) }),
        ...(hasChampion && !two ? theirNumbers(this.#ours) : {}),
      }),
      ...new Set(parts.map((name) => this.#ours.name(name))),
    ].join(', ')} from ${tables.candidate.from} t)`
    const right = two
      ? `(select ${select(this.#theirs, {
          sluice_j: id(this.#theirs),
          ...(label === undefined ? {} : { sluice_z: labelOf(this.#theirs, this.theirKinds) }),
          ...theirNumbers(this.#theirs),
          ...Object.fromEntries(shared.map((name, i) => [`sluice_h${i}`, textOf(this.#theirs, name)])),
        }).join(', ')} from ${tables.champion!.from} t)`
      : undefined
    const q = this.#ours.name
    const joined = `(select * from ${left} c join ${right} h on c.${q('sluice_i')} = h.${q('sluice_j')})`
    return {
      dialect: this.#ours,
      from: two ? joined : left,
      sides: [
        { side: 'candidate', from: left, id: q('sluice_i') },
        ...(right === undefined ? [] : [{ side: 'champion' as const, from: right, id: q('sluice_j') }]),
      ],
      wholeIds,
      label: label === undefined ? undefined : q('sluice_y'),
      wholeLabel: !numeric && label !== undefined && this.ourKinds.get(label) === 'whole',
      theirLabel: two && label !== undefined ? q('sluice_z') : undefined,
      scores: {
        candidate: roles.candidate.map((_, i) => q(`sluice_a${i}`)),
        champion: (roles.champion ?? []).map((_, i) => q(`sluice_b${i}`)),
      },
      named: {
        candidate: new Map(columns.map(({ name }, i) => [name, q(`sluice_p${i}`)])),
        champion: new Map(columns.map(({ name }, i) => [name, q(`sluice_q${i}`)])),
      },
      weight: weight === undefined ? undefined : q('sluice_w'),
      cluster: cluster === undefined ? undefined : q('sluice_c'),
      parts: shared.map((name, i) => ({ name, ours: textOf(this.#ours, name), theirs: q(`sluice_h${i}`) })),
      hasChampion,
    }
  }
}

/** Text that is never null: what is missing is the empty word. */
export function textOf(dialect: SqlDialect, name: string): string {
  return `coalesce(${dialect.toText(dialect.name(name))}, '')`
}
