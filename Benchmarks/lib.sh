# What the benchmark scripts share: generated repositories, interleaved rounds, medians, ratios.
# shellcheck shell=bash
#
# Needs bash 5 (for the clock), git and awk. Sourced, never run.
set -euo pipefail

[ -n "${EPOCHREALTIME:-}" ] || {
    echo "error: bash 5 or newer is needed for its clock" >&2
    exit 69
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# The tools under test: $GITPATCH_BIN, else the release build, else PATH.
tools=${GITPATCH_BIN:-}
if [ -z "$tools" ] && [ -x "$here/../.build/release/git-patch" ]; then tools=$(cd "$here/../.build/release" && pwd -P); fi
if [ -n "$tools" ]; then PATH=$tools:$PATH; fi
command -v git-patch >/dev/null || {
    echo "error: no git-patch: build it (./install.sh) or set GITPATCH_BIN" >&2
    exit 69
}

bench=$(mktemp -d "${GITPATCH_BENCH_DIR:-${TMPDIR:-/tmp}}/git-patch-bench.XXXXXX")
trap 'rm -rf "$bench"' EXIT
trap 'exit 130' INT

# A home of its own: no configuration, no hooks, no variables of the user.
for name in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
mkdir "$bench/home"
export HOME=$bench/home XDG_CONFIG_HOME=$bench/home/.config GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
git config --global user.name "Ada Example"
git config --global user.email ada@example.com
git config --global init.defaultBranch main
git config --global gc.auto 0
git config --global maintenance.auto false

# Writes files of 0.5 to 2 KB, 100 to a folder, the same bytes for the same arguments.
# Usage: write_files DIR COUNT STEP ROUND: every STEP-th of COUNT files, with the content of that round.
write_files() {
    local folder
    for ((folder = 0; folder * 100 < $2; folder += 1)); do
        printf '%s/d%02d/e%02d\0' "$1" $((folder / 100)) $((folder % 100))
    done | xargs -0 mkdir -p
    awk -v top="$1" -v count="$2" -v step="$3" -v round="$4" 'BEGIN {
        for (i = 0; i < count; i += step) {
            file = sprintf("%s/d%02d/e%02d/file%06d.txt", top, int(i / 10000), int(i / 100) % 100, i)
            seed = (i * 7919 + round * 104729 + 12345) % 2147483647
            lines = 8 + seed % 25
            for (line = 0; line < lines; line++) {
                seed = (seed * 16807) % 2147483647
                printf "line %d of file %d in round %d: %d %d\n", line, i, round, seed, seed * 3 % 1000003 > file
            }
            close(file)
        }
    }'
}

# A repository with COUNT committed files at DIR; its git folder is kept beside it to start every round from.
make_repository() {
    git init -q "$1"
    write_files "$1" "$2" 1 0
    git -C "$1" add -A
    git -C "$1" commit -qm "Start"
    git -C "$1" repack -adq
    sleep 1.1 # Files as young as the index would have to be read again.
    git -C "$1" update-index --force-write-index
    cp -a "$1/.git" "$1.git"
}

# Back to the first commit, work files left as they are. The old folder goes when all is over: ext4 looks for a free inode
# among those that were deleted within the last seconds one by one, which every file made in a round would pay for.
reset_repository() {
    mkdir -p "$bench/old"
    mv "$1/.git" "$bench/old/$((resets += 1))"
    cp -a "$1.git" "$1/.git"
}
resets=0

# Everything a command will read is in the cache, and what the reset wrote is on the disk: who waits for the disk shall
# wait for its own writes only.
warm() {
    sync -f "$1"
    git -C "$1" --no-optional-locks status --short >/dev/null
}

# Runs a function and adds its wall time in microseconds to a file. Usage: timed FILE FUNCTION ARGUMENTS…
timed() {
    local file=$1 start=${EPOCHREALTIME/./} status=0
    shift
    "$@" >"$bench/output" 2>&1 || status=$?
    echo $((${EPOCHREALTIME/./} - start)) >>"$file"
    [ "$status" -eq 0 ] || {
        cat "$bench/output" >&2
        echo "error: exit code $status from: $*" >&2
        exit 1
    }
}

median() { sort -n "$1" | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2}'; }

# One line of a table: label, median, smallest and largest. Usage: time_row LABEL FILE
time_row() {
    sort -n "$2" | awk -v label="$1" -v median="$(median "$2")" '
        NR == 1 {low = $1} {high = $1}
        END {printf "  %-40s %9.1f ms   (%.1f to %.1f)\n", label, median / 1000, low / 1000, high / 1000}'
}

# Usage: ratio_row FILE OVER FIRST THEN
ratio_row() {
    awk -v a="$(median "$1")" -v b="$(median "$2")" -v first="$3" -v later="$4" \
        'BEGIN {printf "  %-40s %9.2f x    (goal: %s, then %s)\n\n", "ratio", a / b, first, later}'
}
