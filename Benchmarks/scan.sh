#!/usr/bin/env bash
# How the time of a patch grows with the number of files: one changed file of 10,000, 100,000 and so on.
# Usage: scan.sh [COUNT…] (default: 10000 100000 1000000; a million files need about 5 GB); ROUNDS=N changes the rounds.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- 10000 100000 1000000
the_preview() {
    cd "$bench/patch"
    git patch "Round" --dry-run
}
for count in "$@"; do
    rm -rf "$bench"/patch{,.git,.times}
    make_repository "$bench/patch" "$count"
    write_files "$bench/patch" "$count" "$count" 1
    warm "$bench/patch"
    for ((round = 0; round <= ${ROUNDS:-5}; round += 1)); do
        timed "$bench/patch.times" the_preview
        if [ "$round" -eq 0 ]; then rm "$bench/patch.times"; fi
    done
    time_row "1 changed of $count files, --dry-run" "$bench/patch.times"
    awk -v time="$(median "$bench/patch.times")" -v count="$count" \
        'BEGIN {printf "  %-40s %9.2f us\n", "per file", time / count}'
done
