# The main job, shown in a throw-away repository with a bare remote. `./install.sh demo` sources this file after
# installing; it uses `say`, `die`, `now_ms`, `human_time`, `prefix` and `scratch` of install.sh.
#
# Everything lies in one temporary folder with a home and a configuration of its own, removed at the end.
# shellcheck shell=bash disable=SC2154

demo=$scratch/demo
step_start=0

demo_title() { printf '\n-- %s\n' "$1"; }

# Shows a command as it would be typed, runs it and shows what it prints, indented. A failure ends the demo.
demo_run() {
    local status=0
    printf '\n$ %s\n' "$1"
    step_start=$(now_ms)
    bash -c "$1" 2>&1 </dev/null | sed 's/^/    /' || status=$?
    last_time=$(($(now_ms) - step_start))
    [ "$status" -eq 0 ] || die 1 "the demo stopped at: $1" "./install.sh test shows more"
}

# Nothing of the user's: no configuration, no hooks, no variables of git or of this suite.
demo_environment() {
    local name
    for name in $(env | sed -n 's/^\(GIT_[A-Z0-9_]*\|GITPATCH[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
    mkdir -p "$demo/home"
    export HOME=$demo/home XDG_CONFIG_HOME=$demo/home/.config GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat
    export PATH="$prefix/bin:$PATH"
    git config --global user.name "Ada Example"
    git config --global user.email ada@example.com
    git config --global init.defaultBranch main
    git config --global advice.detachedHead false
}

demo_repository() {
    git init -q --bare "$demo/remote.git"
    git clone -q "$demo/remote.git" "$demo/work" 2>/dev/null
    cd "$demo/work" || return 1
    git symbolic-ref HEAD refs/heads/main
    printf 'hello\n' >greeting.txt
    printf '# Greeter\n' >README.md
    cat >.gitpatch <<'CHECKS'
[patch]
    target = main
[automerge]
    method = squash
    requiredCheck = greeting
    requiredCheck = readme
    requiredCheck = style
[validate]
    prePush = quick
[check "greeting"]
    run = sleep 1 && grep -q hello greeting.txt
    tier = quick
[check "readme"]
    run = sleep 1 && test -s README.md
    tier = quick
[check "style"]
    run = "sleep 1 && ! grep -rn ' $' --include='*.txt' ."
    tier = quick
CHECKS
    git add -A
    git commit -qm "Start"
    git push -q -u origin main
    git remote set-head origin main
}

# Staged, changed again after staging, untracked.
demo_changes() {
    printf 'hello\nhello, world\n' >greeting.txt
    git add greeting.txt
    printf 'hello\nhello, world\nhello, moon\n' >greeting.txt
    printf 'Says hello.\n' >>README.md
    mkdir -p lib
    printf 'echo hello\n' >lib/greet.sh
}

demo_main() {
    local begun patch_ms run_ms
    say ""
    say "The demo: a repository with a bare remote, three one-second checks, and a dirty tree."
    demo_environment
    demo_repository
    begun=$(now_ms)

    demo_title "once per repository: let git's own hooks take part"
    demo_run 'git patch hooks install'

    demo_title "work as it comes: staged, staged and changed again, untracked"
    demo_changes
    demo_run 'git status --short'

    demo_title "one command: capture, branch, commit, validate, push, queue"
    demo_run 'git patch "Greet the whole world" --auto-merge --delay 0'
    patch_ms=$last_time
    demo_run 'git patch list'

    demo_title "any clone may be the worker: test the merged result, land it, leave a receipt"
    demo_run 'git automerge run --once'
    run_ms=$last_time

    demo_title "what landed"
    demo_run 'git switch -q main && git pull -q && git log --oneline --stat'
    demo_run 'git automerge status'

    demo_title "branches whose content has landed go away: by the hook after a pull, or by hand"
    demo_run 'git patch cleanup'
    demo_run 'git branch --all'

    say ""
    say "From the dirty tree to landed: $(human_time $((patch_ms + run_ms)))"
    say "    git patch          $(human_time "$patch_ms")   the quick checks, one second each, side by side, before the push"
    say "    git automerge run  $(human_time "$run_ms")   the merged tree judged, one atomic push"
    say "    the whole tour     $(human_time $(($(now_ms) - begun)))"
    say ""
    say "Next: git patch hooks install && git patch \"what you did\"    in a repository of yours; man git-patch tells the rest."
    cd /
}

demo_main
