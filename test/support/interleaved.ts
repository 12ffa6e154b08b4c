/** What came of test/servers/programs/interleave.mjs: whether a parent and its copies had one connection or several. */
import { expect } from 'vitest'
import { runScenario } from './forking.ts'

interface Attempt {
  question: string
  answer?: string
  /** The server's name for the connection that the answer is about. */
  connection?: number
  error?: string
}

interface Interleaved {
  parent: Attempt[]
  children: Attempt[][]
  /** What the server says of the parent's first connection, before and after. */
  connection: { before: string; kept?: string }
}

/** Runs it, with so many children. */
export async function interleave(program: string, options: object, children: number): Promise<Interleaved> {
  const reports = await runScenario(program, 'interleave', { ...options, children }, children + 1)
  return {
    parent: reports.get('parent') as Attempt[],
    children: Array.from({ length: children }, (_, i) => reports.get(`child-${i + 1}`) as Attempt[]),
    connection: reports.get('connection') as Interleaved['connection'],
  }
}

const isOwn = ({ question, answer, error }: Attempt): boolean => error === undefined && answer === question

/** Each has its own answers, and all of them over one connection of its own. The parent's is the one that it had. */
export function expectSeparate({ parent, children, connection }: Interleaved): void {
  const processes = [parent, ...children]
  for (const attempts of processes) {
    expect(attempts.length).toBe(3)
    expect(attempts.filter((attempt) => !isOwn(attempt))).toEqual([])
    expect(new Set(attempts.map((attempt) => attempt.connection)).size).toBe(1)
  }
  expect(new Set(processes.map(([first]) => first?.connection)).size).toBe(processes.length)
  expect(connection).toEqual({ before: expect.any(String), kept: connection.before })
}

/** The control, with one child: it read the answer to the parent's question, so that the parent never had it. */
export function expectCrossed({ parent, children }: Interleaved): void {
  const [mine] = parent
  expect(children[0]?.[0]).toMatchObject({ answer: 'parent-1', connection: mine?.connection })
  expect(parent[1]).not.toMatchObject({ answer: 'parent-1', connection: mine?.connection })
}

/** The control with a goodbye, with one child: that has its own answers, and the parent has lost its connection. */
export function expectLost({ parent, children }: Interleaved): void {
  expect(children[0]?.every(isOwn)).toBe(true)
  const [mine, ...later] = parent
  expect(later.every((attempt) => isOwn(attempt) && attempt.connection === mine?.connection)).toBe(false)
}
