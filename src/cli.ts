#!/usr/bin/env node
import { Console } from 'node:console'
/** The command `atfork`: `--help` says what it does. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { audit } from './audit/audit.ts'
import { renderHtml } from './audit/html.ts'
import { countedSources, judge } from './audit/judge.ts'
import { librarySources } from './audit/libraries.ts'
import type { Mechanism } from './audit/mechanism.ts'
import { MECHANISMS } from './audit/mechanisms/index.ts'
import { userSources } from './audit/sources.ts'
import { defaultSources, type SourceRef } from './audit/subject.ts'
import { renderText } from './audit/text.ts'

const HELP = `Usage: atfork audit [options] [module ...]

Copies real processes and shows which sources of randomness then repeat: this package's, Node's, those of libraries
that the current folder's project has installed, and every function that the given modules export.

Options:
      --list         print the mechanisms, what each needs, and whether this machine has it
      --only A,B     these mechanisms only; 'all' for every one. Default: those that need npm packages at most
      --copies N     how many copies each mechanism makes, 2 to 64. Default: 8
      --draws N      how many draws from each source in each copy, 2 to 4096. Default: 64
      --fail-on A,B  the sources that count for the exit code; 'all' for every one. Default: random, and the modules' own
      --guard        load atfork/register in the processes that are copied
      --json         print the result as JSON
      --html FILE    write the result as a page
  -h, --help         print this
  -V, --version      print the version

Exit codes: 0 nothing that counts repeats, 1 something does, 2 bad usage, 3 a mechanism could not run
`

/** Bad usage: says what is wrong and what to do. */
function usage(message: string): never {
  process.stderr.write(`atfork: error: ${message}\natfork: hint: see atfork --help\n`)
  process.exit(2)
}

const parse = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        only: { type: 'string' },
        copies: { type: 'string', default: '8' },
        draws: { type: 'string', default: '64' },
        'fail-on': { type: 'string' },
        guard: { type: 'boolean', default: false },
        json: { type: 'boolean' },
        html: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    })
  } catch (error) {
    return usage((error as Error).message)
  }
}

/** The mechanisms that --only names, in the table's order. */
function chosen(only: string | undefined): Mechanism[] {
  if (only === undefined) return MECHANISMS.filter(({ byDefault }) => byDefault)
  if (only === 'all') return [...MECHANISMS]
  const names = only.split(',')
  const unknown = names.find((name) => !MECHANISMS.some((mechanism) => mechanism.name === name))
  if (unknown !== undefined)
    usage(`"--only" expected some of ${MECHANISMS.map(({ name }) => name).join(', ')}, got '${unknown}'`)
  return MECHANISMS.filter(({ name }) => names.includes(name))
}

function number(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max)
    usage(`"--${flag}" expected an integer from ${min} to ${max}, got '${text}'`)
  return value
}

/** Bad usage if that file cannot be written: better said before an audit than after. */
function writable(file: string | undefined): void {
  try {
    if (file !== undefined) closeSync(openSync(file, 'a'))
  } catch (error) {
    usage(`"--html" expected a file that can be written: ${(error as Error).message}`)
  }
}

async function list(): Promise<void> {
  const width = Math.max(...MECHANISMS.map(({ name }) => name.length))
  for (const mechanism of MECHANISMS) {
    const obstacle = await mechanism.obstacle()
    process.stdout.write(`${mechanism.name.padEnd(width)}  ${mechanism.summary}; needs ${mechanism.needs}\n`)
    if (obstacle !== undefined)
      process.stdout.write(
        `${' '.repeat(width)}  not here: ${obstacle.reason}\n${' '.repeat(width)}  hint: ${obstacle.remedy}\n`,
      )
  }
}

function progress({ name }: Mechanism, left: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} … about ${Math.ceil(left)} s left`)
}

/** Runs what is asked for, or says that it cannot: bad usage. */
function orUsage<Result>(ask: () => Result): Result {
  try {
    return ask()
  } catch (error) {
    return usage((error as Error).message)
  }
}

const { values, positionals } = parse()
if (values.help) process.stdout.write(HELP)
else if (values.version)
  process.stdout.write(`${JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version}\n`)
else if (positionals[0] !== 'audit')
  usage(positionals[0] === undefined ? 'a command is missing: audit' : `unknown command '${positionals[0]}'`)
else if (values.list) await list()
else {
  const mechanisms = chosen(values.only)
  const copies = number('copies', values.copies, 2, 64)
  const draws = number('draws', values.draws, 2, 4096)
  // On stdout there is the result alone, whatever a user's module prints; and a reader may stop before its end.
  globalThis.console = new Console(process.stderr)
  process.stdout.on('error', () => process.exit())
  const own: SourceRef[] = []
  for (const file of positionals.slice(1))
    own.push(...(await userSources(file).catch((error: Error) => usage(error.message))))
  const sources = defaultSources([...(await librarySources(process.cwd())), ...own])
  const names = (refs: readonly SourceRef[]): string[] => refs.map(({ name }) => name)
  const counts = orUsage(() => countedSources(values['fail-on'], names(sources), names(own)))
  writable(values.html)
  const result = await audit({ mechanisms, sources, copies, draws, guard: values.guard }, progress)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const colour = process.stdout.isTTY && !process.env.NO_COLOR
  if (values.html !== undefined) writeFileSync(values.html, renderHtml(result))
  const text = values.json ? `${JSON.stringify(result, null, 2)}\n` : renderText(result, colour)
  // Once it is written, for a module of the user's may keep this process alive.
  process.stdout.write(text, () => process.exit(judge(result, counts, values.only !== undefined)))
}
