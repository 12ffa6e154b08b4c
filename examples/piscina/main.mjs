import Piscina from 'piscina'

const threads = 4
const pool = new Piscina({
  filename: new URL('worker.mjs', import.meta.url).href,
  minThreads: threads,
  maxThreads: threads,
})
const arrived = new Int32Array(new SharedArrayBuffer(4))
console.table(await Promise.all(Array.from({ length: threads }, () => pool.run({ arrived, threads }))))
await pool.close()
