#!/usr/bin/env node
import { exit, processIo, untilSignalled } from '@sluice/toolkit'
import { sluice } from './sluice.js'

await exit(await sluice(process.argv.slice(2), processIo(untilSignalled())))
