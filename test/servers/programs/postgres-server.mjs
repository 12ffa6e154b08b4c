// What PostgreSQL says of its connections, asked on a connection that is opened for each question.
import pg from 'pg'
import { options } from './copies.mjs'

/** The first row of a query's answer. */
async function ask(query, values) {
  const client = new pg.Client({ connectionString: options.connectionString })
  await client.connect()
  try {
    return (await client.query(query, values)).rows[0]
  } finally {
    await client.end()
  }
}

/** When a connection began, by its process on the server; undefined if that is gone. */
export const inspect = async (pid) =>
  (await ask('select backend_start::text as since from pg_stat_activity where pid = $1', [pid]))?.since

/** Ends a connection. */
export const cut = (pid) => ask('select pg_terminate_backend($1)', [pid])

/** How many connections were lost without a goodbye. */
export const abandoned = async () =>
  (await ask('select sessions_abandoned::int as lost from pg_stat_database where datname = current_database()')).lost
