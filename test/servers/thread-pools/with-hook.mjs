import './postfork.mjs'

export { default } from './task.mjs'
