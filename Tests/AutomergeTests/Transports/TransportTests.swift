import Automerge
import Foundation
import GitValues
import PlainRemote
import Store
import SuiteTestSupport
import Testing

/// The queue over everything git speaks. All transport is git's own; what is proven here is that nothing of ours assumes
/// a path: leases, atomic pushes, refusals in the server's words, stops.
@Suite struct TransportTests {
    @Test(arguments: ["", "file://"])
    func theQueueWorksOverAPath(prefix: String) async throws {
        try await Queue.with { here in try await walk(here, url: prefix + here.remotePath) }
    }

    @Test func theQueueWorksOverGitDaemon() async throws {
        try await Queue.with { here in
            // Not by way of `git daemon`, whose child outlives it when it is killed.
            let daemon = try await here.clone.git("--exec-path") + "/git-daemon"
            let server = try GitServer(daemon, environment: here.clone.environment) { port in
                [
                    "--reuseaddr", "--listen=127.0.0.1", "--port=\(port)", "--export-all",
                    "--enable=receive-pack", "--base-path=\(here.clone.scratch.path)",
                ]
            }
            defer { server.stop() }
            try await walk(here, url: "git://127.0.0.1:\(server.port)/origin.git")
        }
    }

    @Test(.enabled(if: GitServer.hasPython, "python3 is not installed"))
    func theQueueWorksOverSmartHTTP() async throws {
        try await Queue.with { here in
            let script = here.clone.scratch.path + "/backend.py"
            try GitServer.httpBackend.write(toFile: script, atomically: true, encoding: .utf8)
            let python = try #require(GitServer.path(of: "python3"))
            let server = try GitServer(python, environment: here.clone.environment) { port in
                [script, "\(port)", here.clone.scratch.path]
            }
            defer { server.stop() }
            _ = try await here.remoteGit("config", "http.receivepack", "true")
            try await walk(here, url: "http://127.0.0.1:\(server.port)/origin.git")
        }
    }

    @Test(.enabled(if: GitServer.hasSSH, "openssh-server is not installed"))
    func theQueueWorksOverSSH() async throws {
        try await Queue.with { here in
            try await SSHServer.with(here.clone) { server, clone in
                let there = try await Queue.of(clone, remote: here.remotePath)
                try await walk(there, url: server + here.remotePath)
            }
        }
    }

    @Test(
        .enabled(if: GitServer.hasSSH, "openssh-server is not installed"),
        .enabled(if: GitServer.gitolite != nil, "gitolite3 is not installed"))
    func theQueueWorksOverGitolite() async throws {
        let shell = try #require(GitServer.gitolite)
        try await Queue.with { here in
            let home = here.clone.scratch.path + "/gitolite"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            let admin = here.clone.with(environment: ["HOME": home])
            try await SSHServer.with(here.clone, command: "env HOME=\(home) \(shell) ada") { server, clone in
                let setUp = try await admin.run("gitolite", ["setup", "-a", "ada"])
                #expect(setUp.succeeded, "\(setUp)")
                let rules = "repo project\n    RW+ = ada\n    - refs/heads/closed = ada\n"
                try rules.write(toFile: home + "/.gitolite/conf/gitolite.conf", atomically: true, encoding: .utf8)
                let compiled = try await admin.run("gitolite", ["compile"])
                #expect(compiled.succeeded, "\(compiled)")
                let there = try await Queue.of(clone, remote: home + "/repositories/project.git")
                try await walk(there, url: server + "/project")
            }
        }
    }

    /// The whole way once: landing, a batch with a red one, a stop, a refusal, a server without atomic pushes, an audit.
    private func walk(_ here: Queue, url: String) async throws {
        let policy = "[automerge]\n\trequiredCheck = unit\n[check \"unit\"]\n\trun = test ! -f bad.txt\n"
        try await here.clone.git("remote", "set-url", "origin", url)
        try await here.clone.commit("policy", files: [".gitpatch": policy])
        try await here.clone.git("push", "-q", "origin", "main")

        let good = try await here.patch("good", files: ["good.txt": "g\n"])
        let bad = try await here.patch("bad", files: ["bad.txt": "b\n"])
        let run = try await here.clone.run("git-automerge", ["run", "--json"])
        #expect(run.exitCode == 0, "\(run)")
        #expect(try await here.document(good).state == .landed, "\(run)")
        #expect(try await here.document(bad).state == .ejected, "\(run)")
        #expect(try await here.onRemote("refs/heads/patch/good") == "")

        let waiting = try await here.patch("waiting", files: ["w.txt": "w\n"], from: "origin/main")
        #expect(try await here.clone.run("git-automerge", ["stop", "--reason", "tea"]).exitCode == 0)
        let stopped = try await here.clone.run("git-automerge", ["run"])
        #expect(stopped.output.contains("tea"), "\(stopped)")
        #expect(try await here.clone.run("git-automerge", ["resume"]).exitCode == 0)

        let hook = here.remotePath + "/hooks/pre-receive"
        let text =
            "#!/bin/sh\nwhile read old new name; do\n  case $name in refs/heads/main)"
            + " echo 'main is closed today' >&2; exit 1;; esac\ndone\n"
        try text.write(toFile: hook, atomically: true, encoding: .utf8)
        try makeExecutable(hook)
        let refused = try await here.clone.run("git-automerge", ["run", "--json"])
        #expect(refused.exitCode == 0 && refused.output.contains("main is closed today"), "\(refused)")
        #expect(try await here.document(waiting).state == .armed)
        try FileManager.default.removeItem(atPath: hook)

        _ = try await here.remoteGit("config", "receive.advertiseAtomic", "false")
        try await Task.sleep(for: .seconds(1.1))  // The longest backoff after one refusal.
        let stepwise = try await here.clone.run("git-automerge", ["run"])
        #expect(stepwise.exitCode == 0, "\(stepwise)")
        #expect(stepwise.errorOutput.contains("cannot move several references as one"), "\(stepwise)")
        #expect(try await here.document(waiting).state == .landed)
        let audit = try await here.clone.run("git-automerge", ["verify"])
        #expect(audit.exitCode == 0, "\(audit)")
    }
}
