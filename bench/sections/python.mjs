/** PyCrypto's successor on the same machine, for reference: another language, and most of it the interpreter. */
import { spawnSync } from 'node:child_process'
import { memberFile, startNode, startProcess, team } from '../members.mjs'
import { teams } from '../row.mjs'

const PYTHON = 'python3'
const obstacle = () =>
  spawnSync(PYTHON, ['-c', 'import Cryptodome']).status === 0 || spawnSync(PYTHON, ['-c', 'import Crypto']).status === 0
    ? undefined
    : 'PyCryptodome is missing: apt-get install python3-pycryptodome'

const against = (ours, theirs, call, pythonCall) =>
  teams(
    ours,
    theirs,
    async () => [
      await team([startNode('draw.mjs', call)]),
      await team([startProcess(PYTHON, [memberFile('pycryptodome.py'), pythonCall])]),
    ],
    { rival: true, obstacle },
  )

export const python = [
  against('random(16)', 'PyCryptodome get_random_bytes(16)', 'random', 'bytes'),
  against('random.int(1, 7)', 'PyCryptodome random.randint(1, 6)', 'int', 'randint'),
]
