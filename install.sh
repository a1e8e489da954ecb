#!/usr/bin/env bash
# Builds and installs git-patch, git-automerge and git-validate. `./install.sh -h` says how.
#
# Runs with bash 3.2 or newer and the POSIX tools. Everything said goes through `say`, `note` and `die`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # Started as `sh install.sh`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
minimum_swift=6.2
tools="git-patch git-automerge git-validate"
helper=git-patch-hook

usage() {
    cat <<'TEXT'
usage: ./install.sh [install | demo | test | uninstall] [--prefix DIR] [--yes]

    install      build and install below the prefix (the default)
    demo         install, then show the main job in a throw-away repository
    test         build and run the whole test suite; installs nothing but system packages
    uninstall    remove what was installed below the prefix

    --prefix DIR    where to install; default ~/.local
    --yes           do not ask before system packages are installed
    -h, --help      show this text

System packages that are missing (libgit2, SQLite, zlib, libyaml, libcurl, pkg-config) are installed with apt or Homebrew.
Without a terminal nothing is asked.
TEXT
}

# ---- what a person sees --------------------------------------------------------------------------------------------

say() { printf '%s\n' "$*"; }
row() { printf '  %-10s %s\n' "$1" "$2"; }
note() { printf 'note: %s\n' "$*" >&2; }

# Ends with one error line and one hint line. Usage: die CODE WHAT [HINT]
die() {
    printf 'error: %s\n' "$2" >&2
    if [ -n "${3:-}" ]; then printf 'hint: %s\n' "$3" >&2; fi
    exit "$1"
}

now_ms() {
    local now=${EPOCHREALTIME:-}
    if [ -z "$now" ]; then
        echo "$(($(date +%s) * 1000))"
        return
    fi
    now=${now/[.,]/}
    echo "${now%???}"
}

# Prints milliseconds the way a person says them: 840 ms, 3.2 s, 2 min 10 s.
human_time() {
    if [ "$1" -lt 1000 ]; then
        echo "$1 ms"
    elif [ "$1" -lt 60000 ]; then
        echo "$(($1 / 1000)).$(($1 % 1000 / 100)) s"
    else
        echo "$(($1 / 60000)) min $(($1 % 60000 / 1000)) s"
    fi
}

# ---- arguments and surroundings ------------------------------------------------------------------------------------

parse_arguments() {
    action="" prefix="" assume_yes=no
    while [ $# -gt 0 ]; do
        case "$1" in
            install | demo | test | uninstall)
                [ -z "$action" ] || die 64 "two commands given: '$action' and '$1'" "./install.sh -h"
                action=$1
                ;;
            --prefix)
                [ -n "${2:-}" ] || die 64 "--prefix needs a folder" "./install.sh --prefix \"\$HOME/.local\""
                prefix=$2
                shift
                ;;
            --prefix=?*) prefix=${1#--prefix=} ;;
            --yes | -y) assume_yes=yes ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) die 64 "unknown argument '$1'" "./install.sh -h" ;;
        esac
        shift
    done
    [ -n "$action" ] || action=install
    [ -n "$prefix" ] || prefix=$HOME/.local
    case "$prefix" in
        *$'\n'*) die 64 "the prefix has a line feed in its name" ;;
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    while [ "${prefix%/}" != "$prefix" ] && [ "$prefix" != / ]; do prefix=${prefix%/}; done
    manifest=$prefix/share/git-patch/manifest
}

# An unset or empty HOME becomes the home folder of the account; swift and git want one.
ensure_home() {
    if [ -z "${HOME:-}" ]; then
        unset HOME
        HOME=~
    fi
    export HOME
}

check_system() {
    case "$(uname -s)" in
        Linux) system=linux ;;
        Darwin) system=macos ;;
        *) die 69 "$(uname -s) is not supported" "use Linux or macOS; on Windows, WSL" ;;
    esac
}

# The nearest folder above a path that exists.
nearest_folder() {
    local folder=$1
    while [ ! -e "$folder" ] && [ "$folder" != / ]; do folder=$(dirname "$folder"); done
    printf '%s\n' "$folder"
}

check_writable() {
    local folder
    folder=$(nearest_folder "$1")
    [ -d "$folder" ] || die 69 "cannot install into '$1': '$folder' is not a folder" "choose another place with --prefix DIR"
    [ -w "$folder" ] || die 69 "cannot install into '$1': no permission to write in '$folder'" \
        "choose another place with --prefix DIR, or use sudo"
}

check_source_writable() {
    [ -w "$root" ] || die 69 "cannot build in '$root': no permission to write there" "clone the project to a folder of yours"
}

# ---- Swift ---------------------------------------------------------------------------------------------------------

find_swift() {
    local candidate
    for candidate in "$(command -v swift || true)" "${SWIFTLY_BIN_DIR:-/nowhere}/swift" \
        "$HOME/.local/share/swiftly/bin/swift" "$HOME/.swiftly/bin/swift" /opt/swift/usr/bin/swift /usr/local/swift/usr/bin/swift; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

check_swift() {
    local version
    swift=$(find_swift) || die 69 "Swift $minimum_swift or newer is needed and 'swift' is not on PATH" \
        "install it from https://www.swift.org/install and run this again"
    version=$("$swift" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | sed -n 1p) || true
    [ -n "$version" ] || die 69 "'$swift --version' does not answer" "see that Swift works, then run this again"
    local major=${version%%.*} rest=${version#*.}
    if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "${rest%%.*}" -lt "${minimum_swift#*.}" ]; }; then
        die 69 "Swift $minimum_swift or newer is needed, '$swift' is $version" \
            "install a newer one from https://www.swift.org/install"
    fi
    row swift "$version"
}

# ---- system packages -----------------------------------------------------------------------------------------------

missing_packages() {
    command -v git >/dev/null || echo git
    command -v pkg-config >/dev/null || echo pkg-config
    if [ "$system" = macos ]; then
        pkg-config --exists libgit2 2>/dev/null || echo libgit2
        pkg-config --exists yaml-0.1 2>/dev/null || echo libyaml
        return
    fi
    command -v git >/dev/null || echo ca-certificates # git recommends it; the Swift packages come over https.
    pkg-config --exists libgit2 2>/dev/null || echo libgit2-dev
    pkg-config --exists sqlite3 2>/dev/null || echo libsqlite3-dev
    pkg-config --exists zlib 2>/dev/null || echo zlib1g-dev
    pkg-config --exists libcurl 2>/dev/null || echo libcurl4-openssl-dev
    pkg-config --exists yaml-0.1 2>/dev/null || echo libyaml-dev
}

ensure_packages() {
    local missing
    missing=$(missing_packages | tr '\n' ' ')
    missing=${missing% }
    if [ -n "$missing" ]; then
        case "$system" in
            linux) install_with_apt "$missing" ;;
            macos) install_with_brew "$missing" ;;
        esac
        missing=$(missing_packages | tr '\n' ' ')
        [ -z "$missing" ] || die 69 "still missing after the installation: ${missing% }" "install them by hand and run this again"
    fi
    check_libgit2
    row packages "libgit2 $(pkg-config --modversion libgit2), SQLite, zlib, libyaml, libcurl: present"
}

check_libgit2() {
    pkg-config --atleast-version=1.5 libgit2 ||
        die 69 "libgit2 1.5 or newer is needed, this system has $(pkg-config --modversion libgit2)"
    ! pkg-config --exact-version=1.8.0 libgit2 || die 69 "libgit2 1.8.0 cannot be used: its interface differs from all others" \
        "upgrade libgit2"
}

# Asks on a terminal, default yes; without one the answer is yes.
agree() {
    local answer
    if [ "$assume_yes" = yes ] || [ ! -t 0 ] || [ ! -t 1 ]; then return 0; fi
    printf '%s [Y/n] ' "$1"
    read -r answer || answer=""
    case "$answer" in "" | y* | Y*) return 0 ;; *) return 1 ;; esac
}

install_with_apt() {
    local by_hand="apt-get install $1" as_root=""
    command -v apt-get >/dev/null ||
        die 69 "missing: $1; only apt and Homebrew are known here" "install the packages that hold them and run this again"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die 69 "missing: $1; installing needs root and there is no sudo" "as root: $by_hand"
        as_root=sudo
        if [ ! -t 0 ]; then as_root="sudo -n"; fi
        by_hand="sudo $by_hand"
    fi
    row packages "installing with ${as_root:+sudo }apt: $1"
    agree "  Install them now?" || die 1 "nothing was installed" "$by_hand"
    local log=$scratch/apt.log
    run_apt "$as_root" update >"$log" 2>&1 || true # An unreachable extra source is no harm; the next line decides.
    # shellcheck disable=SC2086
    if ! run_apt "$as_root" install -y --no-install-recommends $1 >>"$log" 2>&1; then
        explain_apt "$log" "$1" "$by_hand"
    fi
}

run_apt() {
    # shellcheck disable=SC2086
    $1 env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "${@:2}" </dev/null
}

explain_apt() {
    if grep -qE 'password is required|a terminal is required' "$1"; then
        die 69 "missing: $2; sudo asks for a password and there is no terminal" "$3"
    elif grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Failed to fetch|Unable to locate package' "$1"; then
        die 69 "apt cannot reach a source for: $2" "connect to the network, or install by hand: $3"
    fi
    sed -n 's/^E: /  apt: /p' "$1" | sort -u | head -3 >&2
    die 69 "apt could not install: $2" "$3"
}

install_with_brew() {
    local names=${1/pkg-config/pkgconf}
    command -v brew >/dev/null || die 69 "missing: $1, and Homebrew is not installed" "https://brew.sh, then: brew install $names"
    row packages "installing with Homebrew: $names"
    agree "  Install them now?" || die 1 "nothing was installed" "brew install $names"
    # shellcheck disable=SC2086
    brew install --quiet $names >"$scratch/brew.log" 2>&1 ||
        die 69 "Homebrew could not install: $names" "brew install $names"
}

# ---- building ------------------------------------------------------------------------------------------------------

# Runs swift build with its output kept back; says the time. Usage: build LABEL ARGUMENTS…
build() {
    local label=$1 log=$scratch/build.log start
    shift
    start=$(now_ms)
    if [ -t 1 ]; then printf '  %-10s %s ...\r' build "$label"; fi
    if ! (cd "$root" && "$swift" build "$@") >"$log" 2>&1 </dev/null; then explain_build "$label" "$log"; fi
    row build "$label, $(human_time $(($(now_ms) - start)))"
}

explain_build() {
    if grep -qiE 'could not resolve host|failed to clone|unable to access|could not read from remote' "$2"; then
        die 69 "cannot fetch the Swift packages that $1 is built from" "connect to the network and run this again"
    elif grep -q 'No space left on device' "$2"; then
        die 69 "cannot build $1: the disk is full"
    fi
    grep -E '(^|: )error:' "$2" | sort -u | head -8 | sed 's/^/  /' >&2 || true
    cp "$2" "$root/.build/install.log" 2>/dev/null || true # The log is a courtesy; the error below is what counts.
    die 70 "building $1 did not succeed" "the whole log: '$root/.build/install.log'"
}

# Options that let the tools start sooner: the C++ runtime inside instead of beside them, relocations that take a bit
# each (glibc 2.36), and types that are not looked up by name. Sets: linking.
choose_linking() {
    linking=()
    [ "$system" = linux ] || return 0
    linking=(--static-swift-stdlib)
    # Nothing of ours lies beside the tools; to look there for every library takes the loader twenty calls.
    if "$swift" build --help-hidden 2>/dev/null | grep -e --disable-local-rpath >/dev/null; then
        linking+=(--disable-local-rpath)
    fi
    local folder archive clib
    folder=$(dirname "$(readlink -f "$(command -v "$swift")")")
    [ -x "$folder/ld.lld" ] && [ -x "$folder/clang" ] || return 0
    linking+=(-Xswiftc -use-ld=lld)
    archive=$("$folder/clang" -print-file-name=libstdc++.a) || archive=""
    if [ -f "$archive" ]; then
        mkdir -p "$root/.build/static"
        ln -sf "$archive" "$root/.build/static/libstdc++.a"
        linking+=(-Xswiftc "-L$root/.build/static" -Xswiftc -Xclang-linker -Xswiftc -static-libgcc)
    fi
    clib=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p') || clib=0
    if [ "${clib:-0}" -ge 36 ]; then linking+=(-Xlinker -z -Xlinker pack-relative-relocs); fi
    # What the driver asks for, but nobody looks for names of ours in the tools.
    linking+=(-Xlinker --no-export-dynamic)
    # Types are found by calling what makes them. By their names, each is looked up among all conformances of the program
    # when it is first needed: a sixth of the time that a small patch takes.
    local direct=-disable-concrete-type-metadata-mangled-name-accessors
    if "$folder/swiftc" -frontend -help-hidden 2>/dev/null | grep -e "$direct" >/dev/null; then
        linking+=(-Xswiftc -Xfrontend -Xswiftc "$direct")
    fi
}

build_release() {
    local tool
    choose_linking
    for tool in $tools make-manual; do build "$tool" -c release ${linking[@]+"${linking[@]}"} --product "$tool"; done
    if [ "$system" = linux ]; then
        build "$helper" -c release --scratch-path "$root/.build-hook" -Xswiftc -static-executable --product "$helper"
    else
        build "$helper" -c release --scratch-path "$root/.build-hook" --product "$helper"
    fi
    binaries=$(cd "$root" && "$swift" build -c release ${linking[@]+"${linking[@]}"} --show-bin-path)
    hook_binaries=$(cd "$root" && "$swift" build -c release --scratch-path "$root/.build-hook" --show-bin-path)
}

# ---- collecting what will be installed, in a folder laid out like the prefix ---------------------------------------

stage_files() {
    stage=$scratch/stage
    mkdir -p "$stage/bin" "$stage/share/man/man1" "$stage/share/git-patch/hooks" \
        "$stage/share/bash-completion/completions" "$stage/share/zsh/site-functions" \
        "$stage/share/fish/vendor_completions.d"
    local tool
    for tool in $tools; do
        stage_executable "$binaries/$tool"
        stage_manual "$tool"
        stage_completions "$tool"
    done
    stage_executable "$hook_binaries/$helper"
    # Hooks may be links to it, and what is written through a link must not get here.
    chmod 555 "$stage/bin/$helper"
    local shim
    for shim in "$root"/hooks/*; do
        if [ -f "$shim" ]; then cp "$shim" "$stage/share/git-patch/hooks/"; fi
    done
    cp "$root/LICENSE" "$stage/share/git-patch/LICENSE"
}

stage_executable() {
    cp "$1" "$stage/bin/"
    if command -v strip >/dev/null; then strip "$stage/bin/$(basename "$1")"; fi
    chmod 755 "$stage/bin/$(basename "$1")"
}

stage_manual() {
    "$stage/bin/$1" --experimental-dump-help >"$scratch/$1.json"
    "$binaries/make-manual" "$root/docs/man/$1.man" <"$scratch/$1.json" >"$stage/share/man/man1/$1.1"
}

stage_completions() {
    local bash_file=$stage/share/bash-completion/completions/$1
    "$stage/bin/$1" --generate-completion-script bash >"$bash_file"
    bash_bridge "${1#git-}" "$(default_command "$scratch/$1.json")" >>"$bash_file"
    "$stage/bin/$1" --generate-completion-script zsh >"$stage/share/zsh/site-functions/_$1"
    "$stage/bin/$1" --generate-completion-script fish >"$stage/share/fish/vendor_completions.d/$1.fish"
}

default_command() { sed -n 's/.*"defaultSubcommand" : "\(.*\)".*/\1/p' "$1" | sed -n 1p; }

# git's own bash completion calls _git_NAME for `git NAME`: hand over with the words as `git-NAME` would see them, the
# default command put in where a person leaves it out. (zsh finds the
# completions of git-NAME by itself; fish has them for `git-NAME` only.)
# Usage: bash_bridge NAME DEFAULT
bash_bridge() {
    cat <<BRIDGE


_git_$1() {
    local -i start=1
    while [[ start -lt COMP_CWORD && \${COMP_WORDS[start]} != $1 ]]; do start+=1; done
    local -a words=("\${COMP_WORDS[@]:start+1}")
    local -i cword=\$((COMP_CWORD - start))
    local default=$2
    if [[ -n \$default && (\${words[0]} == *[!a-z-]* || \${words[0]} == -*) ]]; then
        words=("\$default" "\${words[@]}")
        cword+=1
    fi
    local -a COMP_WORDS=("git-$1" "\${words[@]}")
    local -i COMP_CWORD=cword
    _git-$1 "git-$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
}
BRIDGE
}

# ---- the manifest: one line per file and per folder made, relative to the prefix -----------------------------------

# Prints the entries of one kind ("file", "made" or "above") of the manifest in place.
manifest_entries() {
    if [ -f "$manifest" ]; then sed -n "s/^$1 //p" "$manifest"; fi
}

staged_files() { (cd "$stage" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort); }
staged_folders() { (cd "$stage" && find . -mindepth 1 -type d | sed 's,^\./,,' | LC_ALL=C sort); }

# Refuses to replace files that another program put there.
check_foreign_files() {
    local file
    staged_files | while IFS= read -r file; do
        if [ -e "$prefix/$file" ] || [ -L "$prefix/$file" ]; then
            manifest_entries file | grep -qxF "$file" ||
                die 1 "'$prefix/$file' exists and was not installed by this script" "move it away, or use another --prefix"
        fi
    done
}

# The folders that do not exist yet, and those an earlier run made.
folders_made() {
    local folder
    {
        manifest_entries made
        if [ ! -d "$prefix" ]; then echo .; fi
        staged_folders | while IFS= read -r folder; do
            if [ ! -d "$prefix/$folder" ]; then printf '%s\n' "$folder"; fi
        done
    } | LC_ALL=C sort -u
}

# How many folders above the prefix do not exist yet, or did not before the first run.
folders_above() {
    local folder count=0
    if [ -f "$manifest" ]; then
        manifest_entries above
        return
    fi
    folder=$(dirname "$prefix")
    while [ ! -d "$folder" ]; do
        count=$((count + 1))
        folder=$(dirname "$folder")
    done
    echo "$count"
}

# The manifest is written before the first file, so an interrupted run can be repeated or uninstalled.
write_manifest() {
    local made above
    made=$(folders_made)
    above=$(folders_above)
    mkdir -p "$(dirname "$manifest")" 2>/dev/null || die 69 "cannot create '$(dirname "$manifest")'"
    {
        echo "# What ./install.sh put below this prefix; ./install.sh uninstall removes exactly this."
        {
            staged_files
            if [ "$1" = union ]; then manifest_entries file; fi
        } | LC_ALL=C sort -u | sed 's/^/file /'
        if [ -n "$made" ]; then printf '%s\n' "$made" | sed 's/^/made /'; fi
        if [ "${above:-0}" -gt 0 ]; then echo "above $above"; fi
    } >"$scratch/manifest"
    place "$scratch/manifest" "$manifest"
}

# Puts a file in place in one step, so a running program keeps its old one.
place() {
    if ! { cp "$1" "$2.new.$$" && mv -f "$2.new.$$" "$2"; } 2>/dev/null; then
        rm -f "$2.new.$$"
        die 69 "cannot write '$2'" "see that there is space and permission, then run this again"
    fi
}

install_files() {
    local file old
    check_foreign_files
    old=$(manifest_entries file)
    write_manifest union
    staged_files | while IFS= read -r file; do
        mkdir -p "$(dirname "$prefix/$file")" 2>/dev/null || die 69 "cannot create '$(dirname "$prefix/$file")'"
        place "$stage/$file" "$prefix/$file"
    done
    # Files of an earlier version that this one does not have.
    if [ -n "$old" ]; then
        printf '%s\n' "$old" | while IFS= read -r file; do
            if [ ! -e "$stage/$file" ]; then rm -f "$prefix/$file"; fi
        done
    fi
    write_manifest exact
}

report_installed() {
    local size
    row installed "$prefix/bin: $tools $helper"
    row "" "manual pages, completions for bash, zsh and fish, hook shims"
    for size in $tools $helper; do
        row "" "$(printf '%-14s %s MB' "$size" "$(wc -c <"$prefix/bin/$size" | awk '{printf "%.1f", $1 / 1e6}')")"
    done
}

tell_path() {
    case ":$PATH:" in
        *":$prefix/bin:"*) ;;
        *)
            note "$prefix/bin is not on PATH; add this line to your shell's start file:"
            say "      export PATH=\"$prefix/bin:\$PATH\"" >&2
            ;;
    esac
}

# ---- commands ------------------------------------------------------------------------------------------------------

do_install() {
    say "git-patch: installing below $prefix"
    check_writable "$prefix"
    check_source_writable
    check_swift
    ensure_packages
    build_release
    stage_files
    install_files
    report_installed
    tell_path
}

do_uninstall() {
    [ -f "$manifest" ] || die 1 "nothing is installed below '$prefix': there is no '$manifest'" \
        "name the place it was installed to: ./install.sh uninstall --prefix DIR"
    local file count=0
    [ -w "$(dirname "$manifest")" ] || die 69 "cannot remove from '$prefix': no permission" "use sudo"
    if grep -qE '^(file|made) (/|(.*/)?\.\.(/|$))' "$manifest"; then
        die 78 "'$manifest' names a path outside the prefix" "remove the files by hand"
    fi
    while IFS= read -r file; do
        if [ -e "$prefix/$file" ] || [ -L "$prefix/$file" ]; then
            rm -f "$prefix/$file" || die 69 "cannot remove '$prefix/$file'"
            count=$((count + 1))
        fi
    done <<<"$(manifest_entries file)"
    remove_folders
    say "git-patch: removed $count files from $prefix"
}

# Removes the manifest and the folders made, deepest first; one that others use now stays.
remove_folders() {
    local folder made above
    made=$(manifest_entries made | LC_ALL=C sort -r)
    above=$(manifest_entries above)
    rm -f "$manifest"
    printf '%s\n' "$made" | while IFS= read -r folder; do
        case "$folder" in
            "") ;;
            .) rmdir "$prefix" 2>/dev/null || true ;;
            *) rmdir "$prefix/$folder" 2>/dev/null || true ;;
        esac
    done
    folder=$prefix
    while [ "${above:-0}" -gt 0 ] && [ ! -d "$folder" ]; do
        folder=$(dirname "$folder")
        rmdir "$folder" 2>/dev/null || break
        above=$((above - 1))
    done
}

do_test() {
    check_source_writable
    check_swift
    ensure_packages
    exec_tests
}

exec_tests() {
    local log=$root/.build/test.log start status=0
    mkdir -p "$root/.build"
    start=$(now_ms)
    if ! (cd "$root" && "$swift" build --build-tests) >"$root/.build/build-tests.log" 2>&1 </dev/null; then
        grep -E '(^|: )error:' "$root/.build/build-tests.log" | sort -u | head -40 >&2 ||
            tail -20 "$root/.build/build-tests.log" >&2
        note "the package does not build"
        say "0 passed, 1 failed"
        exit 1
    fi
    row build "debug, with tests, $(human_time $(($(now_ms) - start)))"
    start=$(now_ms)
    run_limited "${GITPATCH_TEST_MINUTES:-30}" "$log" || status=$?
    if [ -e "$scratch/overdue" ]; then
        status=0
        rerun_unfinished "$log" || status=$?
    fi
    report_tests "$log" "$status" "$(($(now_ms) - start))"
}

# What did not end in time is run once more by itself, and told: whether it always hangs is worth knowing, and the other
# results stand. Returns the exit code of that run. Usage: rerun_unfinished LOG
rerun_unfinished() {
    local names status=0
    names=$(unfinished_tests "$1" | sed 's/^ *//; s/(.*//' | sort -u | tr '\n' '|')
    [ -n "$names" ] || return 137
    note "these tests did not end and are run again: ${names%|}"
    run_limited 10 "$scratch/again.log" --filter "/(${names%|})\\(" || status=$?
    cat "$scratch/again.log" >>"$1"
    return "$status"
}

# Runs the suite for so many minutes at most, then says which processes were there and ends it: a test that hangs is a
# failure with a name. The suite stays in front: what a shell starts behind it ignores the signals that tests send.
# Usage: run_limited MINUTES LOG [ARGUMENT…]
run_limited() {
    local minutes=$1 log=$2 watch status=0
    shift 2
    rm -f "$scratch/overdue"
    (
        trap 'kill "$pause" 2>/dev/null' TERM
        sleep "$((minutes * 60))" &
        pause=$!
        wait "$pause" || exit 0
        touch "$scratch/overdue"
        note "the suite did not end within $minutes minutes; these processes were there:"
        ps -e -o pid,ppid,etime,stat,args | sed '/ \[/d' | tail -40 >&2
        pkill -KILL -P "$(cat "$scratch/suite")" || true
        kill -KILL "$(cat "$scratch/suite")"
    ) </dev/null &
    watch=$!
    # shellcheck disable=SC2016
    (cd "$root" && exec sh -c 'echo $$ >"$1" && shift && exec "$@"' sh "$scratch/suite" \
        "$swift" test --skip-build --disable-xctest "$@") >"$log" 2>&1 </dev/null || status=$?
    kill "$watch" 2>/dev/null || true
    wait "$watch" || true
    return "$status"
}

# Counts what Swift Testing says of each test; a run that ended without a summary counts as one more failure.
report_tests() {
    local log=$1 status=$2 passed failed skipped
    passed=$(count_tests passed "$log")
    failed=$(count_tests failed "$log")
    skipped=$(grep -cE '^[^A-Za-z]*Test .* skipped' "$log" || true)
    if [ "$status" -ne 0 ] || ! grep -qE 'Test run with [0-9]+ tests?' "$log"; then
        grep -E 'recorded an issue|Caught error|^[^A-Za-z]*Test .* failed after|Fatal error|error: ' "$log" >&2 || true
        if [ "$failed" -eq 0 ] || [ "$status" -ge 128 ]; then
            note "the test run ended early, with exit code $status; not finished were:"
            unfinished_tests "$log" | head -40 >&2
            failed=$((failed + 1))
        fi
        note "the whole output: '$log'"
    fi
    row tests "$(human_time "$3")"
    say "$passed passed, $failed failed$(if [ "$skipped" -gt 0 ]; then echo ", $skipped skipped"; fi)"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# The tests that started and did not end.
unfinished_tests() {
    local name
    sed -nE '/Test (run|case) /d; s/^[^A-Za-z]*Test (.*) started\.$/\1/p' "$1" | while IFS= read -r name; do
        grep -qF -e "Test $name passed" -e "Test $name failed" -e "Test $name with " "$1" || echo "  $name"
    done
}

count_tests() {
    grep -E "^[^A-Za-z]*Test .* $1 after" "$2" | grep -vcE '^[^A-Za-z]*Test (run with|case) ' || true
}

main() {
    ensure_home
    parse_arguments "$@"
    check_system
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/git-patch-install.XXXXXX") || die 69 "cannot create a temporary folder" "set TMPDIR"
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    case "$action" in
        install) do_install ;;
        uninstall) do_uninstall ;;
        test) do_test ;;
        demo)
            do_install
            # shellcheck source=docs/demo.sh disable=SC1091
            source "$root/docs/demo.sh"
            ;;
    esac
}

main "$@"
