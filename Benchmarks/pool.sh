#!/usr/bin/env bash
# A pooled worktree of 10,000 files taken to another commit, 20 files apart: what `git validate` takes longer for a commit
# the worktree is not on than for the one it is on. Beside it, `git checkout` and `git status` of the same step.
# Usage: pool.sh; ROUNDS=N changes the number of rounds.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${ROUNDS:-21}
make_repository "$bench/work" 10000
cd "$bench/work"
printf '[check "nothing"]\n\trun = true\n' >.gitpatch
git add .gitpatch
git commit -qm "Check"
git tag one
write_files . 10000 500 1
git commit -qam "Twenty files"
git tag two
git worktree add -q --detach "$bench/tree" one

validate() { git validate --no-cache --quiet "$1"; }

by_git() {
    git -C "$bench/tree" checkout -q "$1"
    git -C "$bench/tree" status --porcelain
}

validate one >/dev/null 2>&1 # Makes the worktree.
for ((round = 0; round <= rounds; round += 1)); do
    for tag in two one; do
        for turn in other same; do timed "$bench/$turn.$((round > 0))" validate "$tag"; done
        timed "$bench/git.$((round > 0))" by_git "$tag"
    done
done

echo "$(git --version), $(getconf _NPROCESSORS_ONLN) processors"
echo "a pooled worktree of 10,000 files, 20 of them another commit's, $((rounds * 2)) switches"
time_row "git checkout, git status" "$bench/git.1"
time_row "git validate, another commit" "$bench/other.1"
time_row "git validate, the same commit" "$bench/same.1"
awk -v other="$(median "$bench/other.1")" -v same="$(median "$bench/same.1")" 'BEGIN {
    printf "  %-40s %9.1f ms   (goal: 100, then 40)\n", "the switch", (other - same) / 1000
}'
