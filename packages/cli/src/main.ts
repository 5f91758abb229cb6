#!/usr/bin/env node
import { exitWith, processIo, untilSignalled } from '@sluice/toolkit'
import { sluice } from './sluice.js'

await exitWith(() => sluice(process.argv.slice(2), processIo(untilSignalled())))
