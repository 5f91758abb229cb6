import type { Finding } from '@sluice/verdict'
import type { SqlValue } from '../engines/engine.js'
import type { ScoreKind } from '../metrics/metric.js'
import {
  championIsCandidate,
  idsDuplicate,
  idsUnmatched,
  labelsConstant,
  labelsDiffer,
  noRows,
  partsDiffer,
  scoresAreLabels,
  scoresNotFinite,
  scoresOutside,
  sumsOff,
  targetsNotFinite,
  weightsInvalid,
} from '../predictions/data-findings.js'
import { SUM_TOLERANCE } from '../predictions/inspect.js'
import { readLabels } from '../predictions/labels.js'
import type { Roles } from '../predictions/roles.js'
import { shortened } from '../report/shortened.js'
import { sqlNumber } from '../slices/condition/sql.js'
import { isClassification } from '../tasks/task.js'
import type { Asker } from './answer.js'
import type { Relation } from './relation.js'

/** More different labels than these are no classes. */
const LABELS = 1000

/** What a first look says: whether the data can be trusted, and what is needed to ask on. */
export type Inspected =
  | { readonly state: 'refused'; readonly rows: number | undefined; readonly findings: readonly Finding[] }
  | {
      readonly state: 'usable'
      readonly rows: number
      /** Warnings, which stand beside the verdict. */
      readonly findings: readonly Finding[]
      /** Class of a row as SQL; undefined where the task has none. */
      readonly label: string | undefined
      /** Least and greatest score of each model, of a task with one score. */
      readonly range: Readonly<Record<Side, { readonly low: number; readonly high: number }>>
      /** Mean of each named column of the candidate: sums are taken around it. */
      readonly centres: ReadonlyMap<string, number>
    }

type Side = 'candidate' | 'champion'

/** The largest double: NaN and infinity are not within it, whichever way an engine orders them. */
const FINITE = sqlNumber(Number.MAX_VALUE)
const finite = (expression: string) => `coalesce(abs(${expression}) <= ${FINITE}, false)`
const count = (condition: string) => `sum(case when ${condition} then 1 else 0 end)`

/**
 * Counts what would make a comparison worthless, and refuses with the same findings as `joinPredictions` and
 * `inspectPredictions` do, before any rule is held.
 * @param needs the kinds of score that rules ask for
 * @throws SluiceError LABELS_UNREADABLE, and as the engine
 */
export async function inspectRelation(
  asker: Asker,
  relation: Relation,
  roles: Roles,
  needs: ReadonlySet<ScoreKind>,
): Promise<Inspected> {
  const refused = (findings: readonly Finding[], rows?: number): Inspected => ({
    state: 'refused',
    rows,
    findings,
  })
  const joined = await joinFindings(asker, relation)
  if (joined.rows === 0) return refused([noRows()])
  if (joined.findings.length > 0) return refused(joined.findings)

  const looked = (await glance(asker, relation, roles)) ?? (await look(asker, relation, roles))
  const classOf = isClassification(roles.task) ? classSql(relation, roles, looked.words) : undefined
  const differing = await differingFindings(asker, relation, roles, classOf)
  if (differing.length > 0) return refused(differing)
  const { rows, sums } = looked
  const findings: Finding[] = []
  const at = (name: string) => sums.get(name) ?? 0
  if (at('target') > 0) findings.push(targetsNotFinite(at('target'), rows))
  if (relation.weight !== undefined && (at('weight') > 0 || at('heavy') === 0))
    findings.push(weightsInvalid(at('weight'), rows))
  for (const side of sidesOf(relation)) {
    const scored = relation.scores[side].length > 0
    if (at(`${side} bad`) > 0) {
      findings.push(scoresNotFinite(side, at(`${side} bad`), rows))
      continue
    }
    if (needs.has('probability') && scored) {
      if (at(`${side} outside`) > 0) findings.push(scoresOutside(side, at(`${side} outside`)))
      else if (roles.task === 'multiclass' && at(`${side} off`) > 0)
        findings.push(sumsOff(side, at(`${side} off`), roles.classes.length))
    }
    if (needs.has('ranking') && scored && at(`${side} soft`) === 0) findings.push(scoresAreLabels(side))
  }
  if (isClassification(roles.task) && looked.classes < 2) findings.push(labelsConstant(rows))
  if (relation.hasChampion && at('apart') === 0 && compared(relation).length > 0)
    findings.push(championIsCandidate(relation.scores.candidate.length === 0 && at('spread') === 0))
  if (findings.some(({ level }) => level !== 'warning')) return refused(findings, rows)
  return {
    state: 'usable',
    rows,
    findings,
    label: classOf?.(relation.label!),
    range: {
      candidate: { low: at('candidate low'), high: at('candidate high') },
      champion: { low: at('champion low'), high: at('champion high') },
    },
    centres: new Map([...relation.named.candidate.keys()].map((name) => [name, at(`mean ${name}`)])),
  }
}

function sidesOf({ hasChampion }: Relation): Side[] {
  return hasChampion ? ['candidate', 'champion'] : ['candidate']
}

/** Pairs of columns that must differ somewhere, or the model is compared with itself. */
function compared({ scores, named }: Relation): [string, string][] {
  return [
    ...scores.candidate.map((ours, i): [string, string] => [ours, scores.champion[i]!]),
    ...[...named.candidate].map(([name, ours]): [string, string] => [ours, named.champion.get(name)!]),
  ]
}

async function joinFindings(
  asker: Asker,
  relation: Relation,
): Promise<{ readonly rows: number; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = []
  let rows = 0
  for (const { side, from, id } of relation.sides) {
    const [total, different] = await uniqueness(asker, relation, from, id)
    if (side === 'candidate') rows = total
    if (rows === 0) return { rows, findings: [] }
    if (different === total) continue
    const repeated = `select ${id}, count(*) from ${from} r group by 1 having count(*) > 1`
    const [counted] = await asker.rows(`select count(*) from (${repeated}) d`)
    const shown = await asker.rows(`${repeated} order by 1 limit 3`)
    findings.push(
      idsDuplicate(
        side,
        asker.count(counted?.[0]),
        shown.map(([key]) => shortened(String(key))),
      ),
    )
  }
  const [ours, theirs] = relation.sides
  if (theirs !== undefined && ours !== undefined) {
    const [counts, which] = unpaired(relation, findings.length > 0)
    const [[onlyOurs, onlyTheirs] = []] = await asker.rows(counts)
    const [left, right] = [asker.count(onlyOurs), asker.count(onlyTheirs)]
    if (left + right > 0) {
      const shown = await asker.rows(`${which} order by 1 limit 3`)
      const examples = shown.map(([key]) => shortened(String(key)))
      findings.push(idsUnmatched(left, right, examples))
    }
  }
  return { rows, findings }
}

/**
 * Statements for how many ids only one table has, and for which. Where ids stand twice each counts as often as the other
 * table lacks it; where none does, as nearly always, a join says the same, and needs a fraction of the memory.
 */
function unpaired({ sides }: Relation, twice: boolean): [string, string] {
  const [ours, theirs] = [sides[0]!, sides[1]!]
  if (!twice) {
    const both = `${ours.from} c full outer join ${theirs.from} h on c.${ours.id} = h.${theirs.id}`
    const only = `sum(case when ${theirs.id} is null then 1 else 0 end), sum(case when ${ours.id} is null then 1 else 0 end)`
    const which = `select coalesce(${ours.id}, ${theirs.id}) from ${both} where ${ours.id} is null or ${theirs.id} is null`
    return [`select ${only} from ${both}`, which]
  }
  const keys = `select ${ours.id} as k, 1 as l, 0 as r from ${ours.from} a union all select ${theirs.id}, 0, 1 from ${theirs.from} b`
  const apart = `(select k, sum(l) as l, sum(r) as r from (${keys}) u group by k having sum(l) <> sum(r)) d`
  return [
    `select sum(case when l > r then l - r else 0 end), sum(case when r > l then r - l else 0 end) from ${apart}`,
    `select k from ${apart}`,
  ]
}

/** A table of bits for whole ids that lie close: one bit an id, where a table of hashes takes some thirty bytes. */
const SPARSE = 64

async function uniqueness(
  asker: Asker,
  { dialect, wholeIds }: Relation,
  from: string,
  id: string,
): Promise<[number, number]> {
  if (wholeIds && dialect.distinctWhole !== undefined) {
    const ask = `select count(*), count(${id}), min(${id}), max(${id}) from ${from} r`
    const [[total, present, low, high] = []] = await asker.rows(ask)
    const [rows, least, most] = [asker.count(total), Number(low), Number(high)]
    if (rows === 0) return [0, 0]
    const span = most - least + 1
    if (Number(present) === rows && Number.isSafeInteger(span) && span <= SPARSE * rows) {
      const [[different] = []] = await asker.rows(
        `select ${dialect.distinctWhole(id, least, most)} from ${from} r`,
      )
      return [rows, asker.count(different)]
    }
  }
  const [[total, different, missing] = []] = await asker.rows(
    `select count(*), count(distinct ${id}), ${count(`${id} is null`)} from ${from} r`,
  )
  return [asker.count(total), asker.count(different) + (asker.count(missing) > 0 ? 1 : 0)]
}

interface Looked {
  readonly rows: number
  readonly words: readonly string[]
  readonly classes: number
  readonly sums: ReadonlyMap<string, number>
}

/**
 * Counts, least and greatest scores: where they alone show that there is nothing to find, as in nearly every table, the
 * rows need no closer look, which costs several times as much.
 */
async function glance(asker: Asker, relation: Relation, { task }: Roles): Promise<Looked | undefined> {
  const { label, named, scores, weight } = relation
  const plain = task === 'binary' && weight === undefined && named.candidate.size === 0
  if (!plain || scores.candidate.length !== 1) return undefined
  const sides = sidesOf(relation)
  const asked = sides.flatMap((side) => {
    const [score] = scores[side]
    return [relation.dialect.toDouble(`count(${score})`), `min(${score})`, `max(${score})`, `sum(${score})`]
  })
  const sql = `select ${label}, ${relation.dialect.toDouble('count(*)')}, ${asked.join(', ')} from ${relation.from} r group by 1 order by 1 limit ${LABELS + 1}`
  const answer = await asker.rows(sql)
  const rows = answer.reduce((sum, row) => sum + asker.count(row[1]), 0)
  const found = sides.map((side, i) => {
    const of = (column: number) => answer.map((row) => Number(row[2 + 4 * i + column] ?? Number.NaN))
    const total = (all: number[]) => all.reduce((sum, one) => sum + one, 0)
    return {
      side,
      present: total(of(0)),
      low: Math.min(...of(1)),
      high: Math.max(...of(2)),
      sum: total(of(3)),
    }
  })
  const within = (score: number) => score > 0 && score < 1
  const sound = found.every(
    ({ present, low, high }) => present === rows && low >= 0 && high <= 1 && (within(low) || within(high)),
  )
  const [ours, theirs] = found
  const apart =
    theirs === undefined ||
    ours!.low !== theirs.low ||
    ours!.high !== theirs.high ||
    Math.abs(ours!.sum - theirs.sum) > 1e-9 * rows
  if (!sound || !apart) return undefined
  return {
    rows,
    words: answer.map(([word]) => (word === null ? '' : String(word))),
    classes: answer.length,
    sums: new Map<string, number>([
      ['apart', 1],
      ...found.flatMap(({ side, low, high }): [string, number][] => [
        [`${side} soft`, 1],
        [`${side} low`, low],
        [`${side} high`, high],
      ]),
    ]),
  }
}

/** One pass over the rows, by label where labels are words: how many are what they must not be. */
async function look(asker: Asker, relation: Relation, roles: Roles): Promise<Looked> {
  const classes = isClassification(roles.task)
  const asked = [...lookedAt(relation, roles)]
  const key = classes ? `${relation.label}, ` : ''
  const sql = `select ${key}count(*), ${asked.map(({ sql }) => sql).join(', ')} from ${relation.from} r${classes ? ` group by 1 order by 1 limit ${LABELS + 1}` : ''}`
  const answer = await asker.rows(sql)
  const words = classes ? answer.map(([word]) => (word === null ? '' : String(word))) : []
  const numbers = answer.map((row) => row.slice(classes ? 1 : 0))
  const rows = numbers.reduce((sum, [own]) => sum + asker.count(own), 0)
  const fold = (column: number, how: (typeof asked)[number]['fold']) => {
    if (how === 'sum') return numbers.reduce((sum, row) => sum + asker.count(row[column]), 0)
    const values = numbers.map((row): [number, number] => [Number(row[column] ?? 0), Number(row[0])])
    if (how === 'mean') return values.reduce((sum, [mean, own]) => sum + mean * own, 0) / rows
    return values.reduce(
      (best, [value]) => (how === 'min' ? Math.min(best, value) : Math.max(best, value)),
      values[0]![0],
    )
  }
  return {
    rows,
    words,
    classes: words.length,
    sums: new Map(asked.map(({ name, fold: how }, i) => [name, fold(i + 1, how)])),
  }
}

function* lookedAt(
  relation: Relation,
  { task, columns = [] }: Roles,
): Iterable<{ name: string; sql: string; fold: 'sum' | 'min' | 'max' | 'mean' }> {
  const { label, named, scores, weight } = relation
  if (label !== undefined && !isClassification(task))
    yield { name: 'target', sql: count(`not ${finite(label)}`), fold: 'sum' }
  if (weight !== undefined) {
    const sound = `coalesce(${weight} >= 0 and ${weight} <= ${FINITE}, false)`
    yield { name: 'weight', sql: count(`not ${sound}`), fold: 'sum' }
    yield { name: 'heavy', sql: count(`${sound} and ${weight} > 0`), fold: 'sum' }
  }
  for (const side of sidesOf(relation)) {
    const own = scores[side]
    const all = [...own, ...named[side].values()]
    if (all.length > 0)
      yield { name: `${side} bad`, sql: count(`not (${all.map(finite).join(' and ')})`), fold: 'sum' }
    if (own.length === 0) continue
    const outside = own.map((score) => `${score} < 0 or ${score} > 1`).join(' or ')
    yield { name: `${side} outside`, sql: count(outside), fold: 'sum' }
    yield {
      name: `${side} soft`,
      sql: count(own.map((score) => `${score} not in (0, 1)`).join(' or ')),
      fold: 'sum',
    }
    if (own.length > 1)
      yield {
        name: `${side} off`,
        sql: count(`abs(${own.join(' + ')} - 1) > ${sqlNumber(SUM_TOLERANCE)}`),
        fold: 'sum',
      }
    else {
      yield { name: `${side} low`, sql: `min(${own[0]})`, fold: 'min' }
      yield { name: `${side} high`, sql: `max(${own[0]})`, fold: 'max' }
    }
  }
  if (relation.hasChampion) {
    const apart = compared(relation).map(
      ([a, b]) => `not coalesce(${a} = ${b}, ${a} is null and ${b} is null)`,
    )
    if (apart.length > 0) yield { name: 'apart', sql: count(apart.join(' or ')), fold: 'sum' }
  }
  for (const { name } of columns) {
    const column = named.candidate.get(name)!
    yield { name: `mean ${name}`, sql: `avg(${column})`, fold: 'mean' }
  }
  if (scores.candidate.length === 0 && named.candidate.size > 0) {
    const beyond = [...named.candidate.values()].map((column) => `${column} not in (0, 1)`)
    yield { name: 'spread', sql: count(beyond.join(' or ')), fold: 'sum' }
  }
}

/** The class of each row by its label's word. @throws SluiceError LABELS_UNREADABLE */
function classSql(
  { wholeLabel, dialect }: Relation,
  { classes, positive, task }: Roles,
  words: readonly string[],
): (label: string) => string {
  const kind =
    task === 'multiclass'
      ? { kind: task, classes }
      : { kind: 'binary' as const, ...(positive === undefined ? {} : { positive }) }
  const codes = Int32Array.from(words, (_, code) => code)
  const found = readLabels({ kind: 'word', words, codes }, kind)
  const byClass = new Map<number, string[]>()
  for (const [code, word] of words.entries())
    byClass.set(found[code]!, [...(byClass.get(found[code]!) ?? []), wholeLabel ? word : dialect.word(word)])
  return (label) =>
    `case ${[...byClass].map(([c, all]) => `when ${label} in (${all.join(', ')}) then ${c}`).join(' ')} end`
}

/** What the champion's table says otherwise of the same rows. */
async function differingFindings(
  asker: Asker,
  relation: Relation,
  { prompt, target }: Roles,
  classOf: (label: string) => string = (label) => label,
): Promise<Finding[]> {
  if (relation.sides.length < 2) return []
  const { label: ours, parts, theirLabel } = relation
  const [own, theirs] = [ours, theirLabel].map((label) => (label === undefined ? undefined : classOf(label)))
  const labels =
    own === undefined ? 'false' : `not coalesce(${own} = ${theirs}, ${own} is null and ${theirs} is null)`
  const differ = [labels, ...parts.map((part) => `${part.ours} <> ${part.theirs}`)]
  const [row] = await asker.rows(`select ${differ.map(count).join(', ')} from ${relation.from} r`)
  const [byLabel, ...byPart] = row!.map((value: SqlValue) => Number(value ?? 0))
  return [
    ...(byLabel! > 0 ? [labelsDiffer(byLabel!)] : []),
    ...parts.flatMap(({ name }, i) =>
      byPart[i]! > 0
        ? [partsDiffer(name, byPart[i]!, name === prompt ? 'prompt' : name === target ? 'target' : 'part')]
        : [],
    ),
  ]
}
