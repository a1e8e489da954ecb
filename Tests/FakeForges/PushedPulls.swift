import Foundation
import SuiteTestSupport

extension FakeForge {
    /// Lets the repository take words with a push, and open what they ask for.
    package func takePushOptions() throws {
        try with { state in
            let folder = state.git.directory
            state.git.run("config", "receive.advertisePushOptions", "true")
            let place = folder + "/hooks/post-receive"
            try FileManager.default.createDirectory(atPath: folder + "/hooks", withIntermediateDirectories: true)
            let script = kind == "gitlab" ? PushedPulls.gitlab : PushedPulls.gitea
            try Data(script.utf8).write(to: URL(fileURLWithPath: place))
            try makeExecutable(place)
        }
    }
}

extension FakeForge {
    /// Lets the repository, or another one, refuse branches of patches, as to somebody who may only read.
    package func refuseBranches(of directory: String? = nil) throws {
        try with { state in
            let folder = (directory ?? state.git.directory) + "/hooks"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let script = """
                #!/bin/sh
                while read -r old new name; do
                    case $name in refs/heads/patch/*)
                        echo "User permission denied for writing." >&2
                        exit 1 ;;
                    esac
                done
                """
            try Data(script.utf8).write(to: URL(fileURLWithPath: folder + "/pre-receive"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/pre-receive")
        }
    }
}

/// What servers do after a push; it is written down, and becomes a pull request at the next look.
private enum PushedPulls {
    private static let write = """
        #!/bin/sh
        while read -r old new name; do
            case $name in PATTERN) ;; *) continue ;; esac
            {
                echo "ref=$name"
                echo "new=$new"
                i=0
                while [ $i -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
                    eval "printf '%s\\\\n' \\"\\$GIT_PUSH_OPTION_$i\\""
                    i=$((i + 1))
                done
                echo
            } >>pushed

        """

    static let gitlab =
        write.replacingOccurrences(of: "PATTERN", with: "refs/heads/patch/*") + """
                case " $GIT_PUSH_OPTION_0 " in *merge_request.create*) ;; *) continue ;; esac
                echo
                echo "View merge request for ${name#refs/heads/}:"
                echo "  http://forge/acme/widget/-/merge_requests/1"
                echo
            done
            """

    static let gitea =
        write.replacingOccurrences(of: "PATTERN", with: "refs/for/*") + """
                git update-ref -d "$name"
                git update-ref refs/pull/1/head "$new"
                echo
                echo "Visit the existing pull request:"
                echo "  http://forge/acme/widget/pulls/1 merges into ${name#refs/for/}"
                echo
            done
            """
}

extension FakeState {
    /// Makes pull requests of what was pushed since the last look.
    func takePushed() {
        let path = git.directory + "/pushed"
        guard let data = FileManager.default.contents(atPath: path) else { return }
        try? FileManager.default.removeItem(atPath: path)
        for entry in String(decoding: data, as: UTF8.self).components(separatedBy: "\n\n") {
            var words: [String: String] = [:]
            for line in entry.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                words[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
            if let topic = words["topic"], let base = words["ref"]?.dropFirst("refs/for/".count) {
                open(words["title"] ?? topic, words["description"] ?? "", topic, String(base), at: "refs/pull/1/head")
            } else if words["merge_request.create"] != nil, let name = words["ref"] {
                let branch = String(name.dropFirst("refs/heads/".count))
                open(
                    words["merge_request.title"] ?? branch, words["merge_request.description"] ?? "", branch,
                    words["merge_request.target"] ?? "main", at: nil)
                if let label = words["merge_request.label"] { pulls[1]?.labels = [label] }
            }
        }
    }

    private func open(_ title: String, _ body: String, _ branch: String, _ base: String, at reference: String?) {
        guard pulls[1] == nil else { return }
        nextNumber = max(nextNumber, 2)
        var pull = Pull(
            number: 1, title: title, body: body.replacingOccurrences(of: "\\n", with: "\n"), branch: branch,
            owner: owner, base: base, isDraft: false, author: viewer, lastHead: "")
        pull.reference = reference
        pull.lastHead = head(pull)
        pulls[1] = pull
    }
}
