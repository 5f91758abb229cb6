import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { runCommand } from './command.js'
import type { EquivalentStep } from './equivalent.js'
import { gitOptions } from './git.js'

const FILES = 200_000

/**
 * The files of a folder that a checkout brings, relative to it: under git what is tracked, and what is neither
 * tracked nor ignored; elsewhere everything but `.git`.
 */
export async function listFiles(folder: string, step: EquivalentStep): Promise<readonly string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout, fault } = await runCommand('git', args, gitOptions(folder, step))
  const files =
    fault === undefined ? [...new Set(stdout.split('\0'))].filter((name) => name !== '') : await walk(folder)
  if (files.length > FILES) {
    throw new SluiceError('CHECKOUT_FAILED', `${folder} holds more than ${FILES} files.`, {
      remedy: 'Rehearse the repository’s own folder, without what is built or downloaded.',
    })
  }
  return files
}

/** Copies files, links as links. One that git knows but that has been removed is left out. */
export async function copyFiles(folder: string, files: readonly string[], target: string): Promise<void> {
  for (const name of files) {
    const from = join(folder, name)
    const to = join(target, name)
    const found = await lstat(from).catch(() => undefined)
    if (!found || found.isDirectory()) continue
    await mkdir(dirname(to), { recursive: true })
    if (found.isSymbolicLink()) await symlink(await readlink(from), to)
    else if (found.isFile()) await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
}

async function walk(folder: string, below = '', files: string[] = []): Promise<string[]> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = join(below, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== '.git') await walk(folder, name, files)
    } else {
      files.push(name)
    }
    if (files.length > FILES) return files
  }
  return files
}
