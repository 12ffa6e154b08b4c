#!/bin/sh
# The tests that take too long for CI, by name: scripts/test-slow.sh [STEP…]. Without a name all of them, one after the
# other; each prints the figures that docs/reliability.md has.
#
#   statistics  1 GiB of each stream through dieharder and rngtest: 15 to 40 minutes
#   soak        an hour (ATFORK_SOAK_SECONDS says otherwise)
#   mutation    hours: some 1,600 small changes to the source, each of which some test has to notice
#
# Needs what CONTRIBUTING.md says of the rigs: a test that lacks something fails.
set -u
cd "$(dirname "$0")/.."
export ATFORK_REQUIRE_ALL=1

statistics() {
  ATFORK_STATISTICS=full npx vitest run test/statistics
}

soak() {
  ATFORK_SOAK_SECONDS=${ATFORK_SOAK_SECONDS:-3600} npx vitest run test/soak
}

mutation() {
  npm run --silent test:mutation
}

all='statistics soak mutation'
[ $# -gt 0 ] || set -- $all
case " $* " in *' -h '* | *' --help '*) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 0 ;; esac
for step in "$@"; do
  case " $all " in
    *" $step "*) ;;
    *) echo "test-slow: error: no step is named $step, only: $all" >&2 && exit 2 ;;
  esac
done

failed=''
for step in "$@"; do
  echo "== $step"
  $step || failed="$failed $step"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2 && exit 1; }
