#!/usr/bin/env bash
# Peak memory of `git patch --local` with one large new file: the resident set of the largest process.
# Usage: memory.sh [MEGABYTES] (default: 2048; twice that much room is needed).
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v python3 >/dev/null || {
    echo "error: python3 is needed to read the memory of children" >&2
    exit 69
}
size=${1:-2048}
git init -q "$bench/patch"
cd "$bench/patch"
git commit -q --allow-empty -m "Start"
head -c "$((size << 20))" /dev/urandom >large
python3 - "$size" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(["git", "patch", "Large", "--local", "--force"], check=True, capture_output=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
print(f"one new file of {sys.argv[1]} MB: {peak:.1f} MB at most    (goal: 100, then 64)")
PYTHON
[ "$(git rev-parse HEAD:large)" = "$(git hash-object large)" ] || {
    echo "error: the patch holds another content" >&2
    exit 1
}
