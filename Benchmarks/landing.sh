#!/usr/bin/env bash
# The landing step on a bare remote beside git's own fetch, merge and push, from equal clones of equal remotes.
# Usage: landing.sh [FILES]; ROUNDS=N changes the number of rounds. No check runs: only the queue itself is measured.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

files=${1:-2000}
rounds=${ROUNDS:-31}

# A remote whose main has moved since the patch was made, the patch on it, and a worker's clone from before both.
make_repository "$bench/dev" "$files"
printf '[automerge]\n\tmethod = merge\n\texpectNoChecks = true\n' >"$bench/dev/.gitpatch"
git -C "$bench/dev" add .gitpatch
git -C "$bench/dev" commit -qm "Policy"
git init -q --bare "$bench/start.git"
git -C "$bench/dev" remote add origin "$bench/start.git"
git -C "$bench/dev" push -q -u origin main
git -C "$bench/start.git" repack -adq
git clone -q "$bench/start.git" "$bench/start"
git -C "$bench/start" automerge status >/dev/null # Makes the store, as any earlier pass has.
(cd "$bench/dev" && echo changed >>d00/e00/file000000.txt && git patch "Change one file" --auto-merge --quiet --return >/dev/null)
[ -n "$(git -C "$bench/start.git" for-each-ref refs/patches)" ] || {
    echo "error: the patch did not reach the remote" >&2
    exit 1
}
(cd "$bench/dev" && git switch -q main && echo moved >>d00/e01/file000100.txt && git commit -qam "Move" && git push -q origin main)

# Nothing is deleted between the rounds: ext4 passes over every inode that was freed within the last minute, and a new
# file then costs more than a process.
turn=0
fresh() { # SIDE
    turn=$((turn + 1))
    local place=$bench/$turn.$1
    cp -a "$bench/start.git" "$place.git"
    cp -a "$bench/start" "$place"
    git -C "$place" remote set-url origin "$place.git"
    git -C "$place" update-index -q --refresh
    ln -sfn "$place.git" "$bench/$1.git"
    sync -f "$place" # Who waits for the disk shall wait for its own writes only.
    cd "$place"
}

by_git() {
    git fetch -q origin
    git merge -q --ff-only origin/main
    git merge -q --no-ff -m "Merge patch" origin/patch/change-one-file
    git push -q origin main :patch/change-one-file
}

by_us() { git automerge run --once --quiet; }

for ((round = 0; round <= rounds; round += 1)); do
    sides=(git us)
    if ((round % 2)); then sides=(us git); fi
    for side in "${sides[@]}"; do
        fresh "$side"
        timed "$bench/$side.$((round > 0))" "by_$side"
    done
    [ "$(git -C "$bench/git.git" rev-parse 'main^{tree}')" = "$(git -C "$bench/us.git" rev-parse 'main^{tree}')" ] || {
        echo "error: the two sides did not land the same tree" >&2
        exit 1
    }
done
if command -v strace >/dev/null; then
    fresh us
    strace -f -qq -e trace=execve -o "$bench/trace" git automerge run --once --quiet
    echo "programs one landing starts, the remote's included: $(grep -c 'execve(.* = 0' "$bench/trace")"
fi
echo "landing on a bare remote, $files files, $rounds rounds"
time_row "git fetch + merge + push" "$bench/git.1"
time_row "git automerge run --once" "$bench/us.1"
ratio_row "$bench/us.1" "$bench/git.1" "2" "1.2"
