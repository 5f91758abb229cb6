import type { StepResult } from '@sluice/rehearsal'
import type { Scene } from '@sluice/rehearsal/page'

export interface Chapter {
  readonly number: number
  readonly title: string
  readonly scenes: Scene[]
}

/** Tells the story as it happens, and remembers it for the page. */
export class Story {
  readonly chapters: Chapter[] = []
  #reported = true

  /** What has to be there before the first line, as chapter 0. */
  async prepare<T>(title: string, act: () => Promise<T>): Promise<T | undefined> {
    return await this.#tell(0, title, act)
  }

  /** Tells the next line. What it throws makes the line come out wrong, and the story goes on. */
  async line<T>(title: string, act: () => Promise<T>): Promise<T | undefined> {
    return await this.#tell(this.lines + 1, title, act)
  }

  async #tell<T>(number: number, title: string, act: () => Promise<T>): Promise<T | undefined> {
    const began = performance.now()
    this.chapters.push({ number, title, scenes: [] })
    let told: T | undefined
    try {
      told = await act()
    } catch (error) {
      await this.play('what the line needs', 'rehearsal', 'there', () => Promise.reject(error))
    }
    this.#close(began)
    return told
  }

  /** Makes the report of all that was told; a report that cannot be made is a story that did not hold. */
  async report(make: () => Promise<void>): Promise<void> {
    try {
      await make()
    } catch (error) {
      this.#reported = false
      console.log(
        `  ✗ The report could not be made: ${error instanceof Error ? error.message : String(error)}\n`,
      )
    }
  }

  /** How many lines there are, without what was prepared. */
  get lines(): number {
    return this.chapters.filter(({ number }) => number > 0).length
  }

  /** Plays a scene; a scene that throws has come out wrong, and the story goes on to the next chapter. */
  async play(
    title: string,
    by: string,
    expected: string,
    act: () => Promise<{ seen: string; headline: string; details?: readonly string[] }>,
  ): Promise<boolean> {
    const start = performance.now()
    let outcome: { seen: string; headline: string; details?: readonly string[] }
    try {
      outcome = await act()
    } catch (error) {
      outcome = { seen: 'broke', headline: error instanceof Error ? error.message : String(error) }
    }
    return this.add({ title, by, expected, milliseconds: performance.now() - start, ...outcome })
  }

  /** Adds a scene that has been played, and says it. @returns whether it came out as it must */
  add(played: Omit<Scene, 'ok' | 'details'> & { readonly details?: readonly string[] }): boolean {
    const scene: Scene = { details: [], ...played, ok: played.seen === played.expected }
    this.chapters.at(-1)?.scenes.push(scene)
    const { ok, by, seen, milliseconds, title } = scene
    console.log(`     ${mark(ok)} ${by.padEnd(11)} ${seen.padEnd(12)} ${seconds(milliseconds)}  ${title}`)
    const shown = ok
      ? scene.details.slice(0, 4)
      : [`expected ${scene.expected}`, scene.headline, ...scene.details]
    for (const detail of shown) console.log(`       ${detail}`)
    return ok
  }

  #close(began: number): void {
    const chapter = this.chapters.at(-1)
    if (!chapter) return
    const took = seconds(performance.now() - began).trim()
    console.log(`  ${mark(held(chapter))} ${chapter.number}. ${chapter.title}  (${took})\n`)
  }

  get held(): boolean {
    return this.#reported && this.chapters.length > 0 && this.chapters.every(held)
  }
}

/** A chapter in which nothing was played has not held. */
export function held(chapter: Chapter): boolean {
  return chapter.scenes.length > 0 && chapter.scenes.every((scene) => scene.ok)
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`.padStart(7)
}

function mark(ok: boolean): string {
  return ok ? '✓' : '✗'
}

/** What a scene shows of a step: its verdict, its headline, and the findings that made it. */
export function outcomeOf(step: StepResult): { seen: string; headline: string; details: string[] } {
  const findings: { rule: string; level: string; message: string; waivedBy?: unknown }[] =
    step.report?.findings ?? []
  return {
    seen: step.outputs['verdict'] ?? `exit ${step.code}`,
    headline: step.outputs['headline'] ?? (step.stderr || step.stdout).trim().split('\n').at(-1) ?? '',
    details: findings
      .filter((finding) => finding.level !== 'note' && finding.waivedBy === undefined)
      .map((finding) => `${finding.rule}: ${finding.message}`),
  }
}
