#!/usr/bin/env bash
# The hooks beside a hook that is `exit 0`, and beside prek, lefthook and pre-commit, in equal repositories.
# Usage: hooks.sh [VENV]; VENV is a Python environment with some of the three; ROUNDS=N changes the number of rounds.
# The helper must be the static release build, as ./install.sh makes it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rounds=${ROUNDS:-100}
venv=${1:-}
sides=()

# 200 files, one commit that the remote lacks; a side gets its hooks after the first push.
start=$bench/start
write_files "$start" 200 1 0
git init -q "$start"
git init -q --bare "$bench/origin.git"
printf '[check "nothing"]\n\trun = true\n\ttier = quick\n' >"$start/.gitpatch"
printf 'pre-push:\n  jobs:\n    - run: "true"\n' >"$start/lefthook.yml"
printf 'repos:\n- repo: local\n  hooks:\n  - {id: nothing, name: nothing, entry: "true", language: system, stages: [pre-push]}\n' \
    >"$start/.pre-commit-config.yaml"
git -C "$start" remote add origin "$bench/origin.git"
git -C "$start" add -A
git -C "$start" commit -qm one
git -C "$start" push -q origin main
git -C "$start" commit -q --allow-empty -m two
echo "refs/heads/main $(git -C "$start" rev-parse HEAD) refs/heads/main $(git -C "$start" rev-parse HEAD~1)" >"$bench/input"

# Usage: side NAME: another copy of the repository; the current folder is in it afterwards.
side() {
    sides+=("$1")
    cp -a "$start" "$bench/$1"
    cd "$bench/$1"
}

script() { # NAME EVENT TEXT
    printf '#!/bin/sh\n%s\n' "$3" >"$bench/$1/.git/hooks/$2"
    chmod +x "$bench/$1/.git/hooks/$2"
}

side bare
script bare pre-push 'exit 0'
script bare post-commit 'exit 0'

side git-patch
git patch hooks install --quiet
sleep 0.1 # A verdict does not trust configuration as young as itself.
git push -q --dry-run origin main
[ -e ".git/gitpatch/verdicts/$(git rev-parse HEAD)" ] ||
    echo "warning: the first push left no verdict; what follows measures the validator" >&2
if command -v strace >/dev/null; then
    strace -f -qq -e trace=execve -o "$bench/trace" .git/hooks/pre-push origin "$bench/origin.git" <"$bench/input"
    echo "programs that pre-push starts with a verdict: $(grep -c 'execve(.* = 0' "$bench/trace") (git: $(grep -c 'execve("[^"]*/git"' "$bench/trace" || true))"
fi

# Users who cannot write to the helper get a link to it; root, who can write everywhere, gets a shim.
if [ ! -L .git/hooks/pre-push ]; then
    cp -a "$bench/git-patch" "$bench/git-patch, by a link"
    sides+=("git-patch, by a link")
    ln -sf "$(command -v git-patch-hook)" "$bench/git-patch, by a link/.git/hooks/pre-push"
    cd "$bench/git-patch, by a link"
    sleep 0.1
    git push -q --dry-run origin main
fi

if [ -x "$venv/bin/lefthook" ]; then
    side lefthook
    script lefthook pre-push "exec '$venv/bin/lefthook' run pre-push \"\$@\""
fi
for runner in prek pre-commit; do
    if [ -x "$venv/bin/$runner" ]; then
        side "$runner"
        "$venv/bin/$runner" install -t pre-push >/dev/null
    fi
done

the_hook() {
    cd "$bench/$1"
    .git/hooks/pre-push origin "$bench/origin.git" <"$bench/input"
}
the_push() {
    cd "$bench/$1"
    git push -q --dry-run origin main
}
after_commit() {
    cd "$bench/$1"
    .git/hooks/post-commit </dev/null
}

# Usage: table TITLE FUNCTION FIRST THEN SIDE…: interleaved rounds, the first five not counted.
table() {
    local title=$1 call=$2 first=$3 later=$4 round name
    shift 4
    for ((round = -5; round < rounds; round += 1)); do
        for name in "$@"; do
            if [ "$round" -eq 0 ]; then rm -f "$bench/$name.times"; fi
            timed "$bench/$name.times" "$call" "$name"
        done
    done
    echo "$title"
    for name in "$@"; do
        time_row "$name" "$bench/$name.times"
        if [ "$name" != bare ]; then
            awk -v a="$(median "$bench/$name.times")" -v b="$(median "$bench/bare.times")" \
                'BEGIN {printf "  %-40s %9.2f x\n", "", a / b}'
        fi
    done
    echo "  goal of git-patch: $first, then $later"
    echo
}

table "pre-push with a verdict, the hook alone" the_hook "3 x" "1.5 x" "${sides[@]}"
table "git push --dry-run" the_push "-" "-" "${sides[@]}"
table "post-commit until it returns" after_commit "30 ms" "5 ms" bare git-patch
