import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { files, root } from './checkout.js'

const pages = files('*.md').filter((file) => existsSync(root + file))

test('every relative link in the documentation leads somewhere', () => {
  const broken: string[] = []
  let seen = 0
  for (const page of pages) {
    const text = readFileSync(root + page, 'utf8').replace(/```[\s\S]*?```/g, '')
    for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue
      seen++
      if (!existsSync(join(root, normalize(join(dirname(page), target))))) broken.push(`${page}: ${target}`)
    }
  }
  expect(seen).toBeGreaterThan(20)
  expect(broken).toEqual([])
})

test('a decision that is named by its number is linked to by its file', () => {
  const wrong: string[] = []
  for (const page of pages) {
    for (const [link, number, target] of readFileSync(root + page, 'utf8').matchAll(
      /\[ADR (\d{4})\]\(([^)]+)\)/g,
    ))
      if (!target!.split('/').at(-1)!.startsWith(`${number}-`)) wrong.push(`${page}: ${link}`)
  }
  expect(wrong).toEqual([])
})

test('the table of actions in the README names each action there is', () => {
  const readme = readFileSync(`${root}README.md`, 'utf8')
  const actions = [...new Set(files(':(glob)actions/*/src/action.ts').map((file) => file.split('/')[1]))]
  expect(actions.length).toBeGreaterThanOrEqual(9)
  expect(actions.filter((name) => !readme.includes(`[${name}](actions/${name})`))).toEqual([])
})
