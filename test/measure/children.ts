/** Children write their coverage as they end, and threads theirs. Set late: these processes have vitest's. */
process.env.NODE_V8_COVERAGE = new URL('../../coverage/children', import.meta.url).pathname
