import { main } from '@sluice/toolkit'
import { action } from './action.js'

await main(action)
