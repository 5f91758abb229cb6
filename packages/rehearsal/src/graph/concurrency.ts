import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '@sluice/errors'
import { birthOf, lives } from './process-life.js'

/** A wish to be the only one of a group. */
export interface TurnRequest {
  /** Case does not matter; the repository is part of it. */
  readonly group: string
  readonly queue: 'single' | 'max'
  readonly cancelInProgress: boolean
}

/** The group is held until this is disposed, or its process is gone. */
export interface Turn extends Disposable {
  /** Aborted when a newer one with `cancel-in-progress` wants the group. */
  readonly cancelled: AbortSignal
}

const POLL_MILLISECONDS = 100
/** GitHub's limit on those that wait in a group with `queue: max`. */
const QUEUE_LIMIT = 100

const TABLE = `CREATE TABLE IF NOT EXISTS turn (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, pid INTEGER NOT NULL, born TEXT NOT NULL,
  state TEXT NOT NULL, stop INTEGER NOT NULL DEFAULT 0) STRICT`

/**
 * Concurrency groups of this machine: who runs and who waits, in a small database in `folder`. Its transactions keep
 * processes apart, and an entry counts only as long as its process lives: a killed rehearsal holds nothing.
 */
export class Groups implements Disposable {
  readonly #folder: string
  #database: DatabaseSync | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Waits for the turn, in the order of arrival.
   * @param waiting called once when there is somebody before
   * @returns `cancelled` when a newer one took the place in the queue, the queue is full, or `signal` aborted
   * @throws SluiceError CONCURRENCY_UNAVAILABLE
   */
  async enter(request: TurnRequest, signal: AbortSignal, waiting: () => void): Promise<Turn | 'cancelled'> {
    const { DatabaseSync } = await import('node:sqlite')
    this.#database ??= this.#open(DatabaseSync)
    const id = this.#register(request)
    if (id === undefined) return 'cancelled'
    let told = false
    for (;;) {
      if (signal.aborted) {
        this.#leave(id)
        return 'cancelled'
      }
      const state = this.#advance(id, request.group.toLowerCase())
      if (state === 'running') return this.#turn(id)
      if (state === 'cancelled') {
        this.#leave(id)
        return 'cancelled'
      }
      if (!told) waiting()
      told = true
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined)
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close()
    this.#database = undefined
  }

  #open(Database: typeof DatabaseSync): DatabaseSync {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      const database = new Database(join(this.#folder, 'concurrency.db'), { timeout: 10_000 })
      database.exec(TABLE)
      return database
    } catch (cause) {
      throw new SluiceError(
        'CONCURRENCY_UNAVAILABLE',
        `Concurrency groups are kept in ${this.#folder}, which cannot be used (${cause instanceof Error ? cause.message : cause}).`,
        { remedy: 'Set XDG_STATE_HOME to a folder that you may write to.', kind: 'surroundings', cause },
      )
    }
  }

  #register({ group, queue, cancelInProgress }: TurnRequest): number | undefined {
    return this.#atomically((database) => {
      const name = group.toLowerCase()
      if (cancelInProgress)
        database.prepare(`UPDATE turn SET stop = 1 WHERE name = ? AND state = 'running'`).run(name)
      const pending = database
        .prepare(`SELECT count(*) AS n FROM turn WHERE name = ? AND state = 'waiting'`)
        .get(name)
      if (queue === 'max' && Number(pending?.['n']) >= QUEUE_LIMIT) return undefined
      if (queue === 'single') {
        // Whatever cancel-in-progress says: of those that wait, GitHub keeps the newest.
        database.prepare(`UPDATE turn SET state = 'cancelled' WHERE name = ? AND state = 'waiting'`).run(name)
      }
      const { lastInsertRowid } = database
        .prepare(`INSERT INTO turn (name, pid, born, state) VALUES (?, ?, ?, 'waiting')`)
        .run(name, process.pid, birthOf(process.pid) ?? '')
      return Number(lastInsertRowid)
    })
  }

  #advance(id: number, name: string): 'waiting' | 'running' | 'cancelled' {
    return this.#atomically((database) => {
      const own = database.prepare('SELECT state FROM turn WHERE id = ?').get(id)
      if (own?.['state'] !== 'waiting') return 'cancelled'
      const before = database
        .prepare(
          `SELECT count(*) AS n FROM turn WHERE name = ? AND id <> ? AND (state = 'running' OR (state = 'waiting' AND id < ?))`,
        )
        .get(name, id, id)
      if (Number(before?.['n']) > 0) return 'waiting'
      database.prepare(`UPDATE turn SET state = 'running' WHERE id = ?`).run(id)
      return 'running'
    })
  }

  #turn(id: number): Turn {
    const controller = new AbortController()
    const watch = setInterval(() => {
      const row = this.#database?.prepare('SELECT stop FROM turn WHERE id = ?').get(id)
      if (row?.['stop'] === 1) controller.abort()
    }, POLL_MILLISECONDS)
    watch.unref()
    return {
      cancelled: controller.signal,
      [Symbol.dispose]: () => {
        clearInterval(watch)
        this.#leave(id)
      },
    }
  }

  #leave(id: number): void {
    this.#database?.prepare('DELETE FROM turn WHERE id = ?').run(id)
  }

  #atomically<T>(work: (database: DatabaseSync) => T): T {
    const database = this.#database!
    database.exec('BEGIN IMMEDIATE')
    try {
      for (const row of database.prepare('SELECT DISTINCT pid, born FROM turn').all()) {
        const pid = Number(row['pid'])
        if (!lives(pid, String(row['born']))) {
          database.prepare('DELETE FROM turn WHERE pid = ? AND born = ?').run(pid, String(row['born']))
        }
      }
      const result = work(database)
      database.exec('COMMIT')
      return result
    } catch (error) {
      database.exec('ROLLBACK')
      throw error
    }
  }
}
