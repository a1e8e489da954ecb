#!/usr/bin/env bash
# `git patch --local` beside `git switch -c` + `git add -A` + `git commit`, in two equal repositories.
# Usage: create.sh [many] [one] [small] (default: all three); ROUNDS=N changes the number of rounds.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

with_git() {
    cd "$bench/git"
    git switch -q -c "patch/round-$1"
    git add -A
    git commit -q -m "Round $1"
}

with_patch() {
    cd "$bench/patch"
    git patch "Round $1" --local
}

# Both must have made the same tree and left a clean status.
compare() {
    local theirs ours
    theirs=$(git -C "$bench/git" rev-parse 'HEAD^{tree}')
    ours=$(git -C "$bench/patch" rev-parse 'HEAD^{tree}')
    if [ "$theirs" != "$ours" ] || [ -n "$(git -C "$bench/patch" status --porcelain)" ]; then
        echo "error: round $1 made different trees: git $theirs, git patch $ours" >&2
        exit 1
    fi
}

# The suite was used in the repository before, as on every day but the first: its store is there.
use_before() {
    (
        cd "$1"
        echo "used before" >used-before.txt
        git patch "Used before" --local
        git patch undo
        rm used-before.txt
    ) >"$bench/output" 2>&1 || {
        cat "$bench/output" >&2
        exit 1
    }
    rm -rf "$1.git"
    cp -a "$1/.git" "$1.git"
}

# Usage: row TITLE FILES STEP ROUNDS FIRST THEN
row() {
    local round side sides
    rm -rf "$bench"/{git,patch}{,.git,.times}
    make_repository "$bench/git" "$2"
    make_repository "$bench/patch" "$2"
    use_before "$bench/patch"
    # Round 0 warms up and is not counted; the order changes from round to round.
    for ((round = 0; round <= $4; round += 1)); do
        sides="git patch"
        if [ $((round % 2)) -eq 1 ]; then sides="patch git"; fi
        for side in $sides; do
            reset_repository "$bench/$side"
            write_files "$bench/$side" "$2" "$3" $((round + 1))
            warm "$bench/$side"
            timed "$bench/$side.times" "with_$side" "$round"
        done
        compare "$round"
        if [ "$round" -eq 0 ]; then rm "$bench/git.times" "$bench/patch.times"; fi
    done
    echo "$1, $4 rounds, medians"
    time_row "git switch -c, git add -A, git commit" "$bench/git.times"
    time_row "git patch --local" "$bench/patch.times"
    ratio_row "$bench/patch.times" "$bench/git.times" "$5" "$6"
}

echo "$(git --version), $(getconf _NPROCESSORS_ONLN) processors"
echo
[ $# -gt 0 ] || set -- many one small
for name in "$@"; do
    case "$name" in
        many) row "10,000 of 100,000 files changed" 100000 10 "${ROUNDS:-5}" 0.35 0.12 ;;
        one) row "1 of 100,000 files changed" 100000 100000 "${ROUNDS:-9}" 0.9 0.5 ;;
        small) row "1 of 20 files changed" 20 20 "${ROUNDS:-31}" 2 1.2 ;;
        *)
            echo "error: unknown row '$name'" >&2
            exit 64
            ;;
    esac
done
