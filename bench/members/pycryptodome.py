"""Serves one draw of PyCryptodome, PyCrypto's successor: pycryptodome.py bytes|randint. Debian names it Cryptodome."""

import sys
from time import perf_counter_ns

try:
    from Cryptodome.Random import get_random_bytes, random
except ImportError:
    from Crypto.Random import get_random_bytes, random

CALLS = {"bytes": lambda: get_random_bytes(16), "randint": lambda: random.randint(1, 6)}
call = CALLS[sys.argv[1]]
for line in sys.stdin:
    count = int(line)
    start = perf_counter_ns()
    for _ in range(count):
        call()
    print(perf_counter_ns() - start, flush=True)
