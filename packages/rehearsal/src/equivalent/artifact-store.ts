import { createHash } from 'node:crypto'
import { copyFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'

/** An artifact of the run. */
export interface StoredArtifact {
  readonly id: string
  readonly name: string
  readonly digest: string
}

/** A file of an artifact. */
export interface ArtifactEntry {
  /** Path in the artifact, with `/`. */
  readonly name: string
  /** Where its content lies. */
  readonly source: string
}

/** The artifacts that the jobs of one run hand to each other. */
export interface ArtifactStore {
  /** @throws SluiceError ARTIFACT_EXISTS when the name is taken and `overwrite` is false */
  upload(name: string, entries: readonly ArtifactEntry[], overwrite: boolean): Promise<StoredArtifact>
  list(): Promise<readonly StoredArtifact[]>
  download(artifact: StoredArtifact, target: string): Promise<void>
}

/** Artifacts in a folder that is the run's: `<name>/files` and `<name>/artifact.json`. */
export function folderStore(folder: string): ArtifactStore {
  const read = async (name: string) =>
    JSON.parse(await readFile(join(folder, name, 'artifact.json'), 'utf8')) as StoredArtifact
  return {
    upload: async (name, entries, overwrite) => {
      const place = join(folder, name)
      // Filled beside its place and then moved, so that a killed upload leaves no half artifact.
      const draft = join(folder, `.${name}.${process.pid}.${performance.now()}`)
      const digest = createHash('sha256')
      for (const entry of entries) {
        const to = join(draft, 'files', entry.name)
        await mkdir(dirname(to), { recursive: true })
        await copyFile(entry.source, to)
        digest.update(`${entry.name}\0`).update(await readFile(to))
      }
      const value = digest.digest('hex')
      const artifact = { id: String(Number.parseInt(value.slice(0, 8), 16)), name, digest: value }
      await writeFile(join(draft, 'artifact.json'), JSON.stringify(artifact))
      if (overwrite) await rm(place, { recursive: true, force: true })
      await rename(draft, place).catch(async () => {
        await rm(draft, { recursive: true, force: true })
        throw exists(name)
      })
      return artifact
    },
    list: async () => {
      const names = await readdir(folder).catch(() => [])
      return Promise.all(
        names
          .filter((name) => !name.startsWith('.'))
          .sort()
          .map(read),
      )
    },
    download: async ({ name }, target) => {
      const files = join(folder, name, 'files')
      for (const entry of await readdir(files, { recursive: true })) {
        if (!(await lstat(join(files, entry))).isFile()) continue
        await mkdir(dirname(join(target, entry)), { recursive: true })
        await copyFile(join(files, entry), join(target, entry))
      }
    },
  }
}

function exists(name: string): SluiceError {
  return new SluiceError(
    'ARTIFACT_EXISTS',
    `The run has an artifact '${name}' already; artifacts do not change.`,
    {
      remedy: 'Give each job of a matrix a name of its own, or set `overwrite: true`.',
    },
  )
}
