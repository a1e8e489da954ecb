import Foundation
import SuiteTestSupport
import Testing

@testable import Validation

/// A real server, nginx with its DAV module, and a client that knows nothing of us, ccache, on the same cache.
struct SharedServerTests {
    private static let nginx = ["/usr/sbin/nginx", "/usr/bin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static let ccache = FileManager.default.isExecutableFile(atPath: "/usr/bin/ccache")
    private static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Runs a body with a server that keeps what is put below `/cache/`; its address.
    private func withServer(_ body: (_ address: String, _ folder: String) async throws -> Void) async throws {
        try await Scratch.with { scratch in
            let nginx = try #require(Self.nginx)
            let port = try await LoopbackServer.with({ _ in .drop }) { $0.port }  // Free a moment ago.
            for folder in ["cache", "temporary", "logs"] {
                try FileManager.default.createDirectory(
                    atPath: scratch.path + "/" + folder, withIntermediateDirectories: true)
            }
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
                "\($0)_temp_path \(scratch.path)/temporary;"
            }.joined(separator: " ")
            let configuration = """
                daemon off; worker_processes 1; pid \(scratch.path)/pid; error_log \(scratch.path)/logs/error;
                \(getuid() == 0 ? "user root;" : "")
                events {}
                http {
                    access_log \(scratch.path)/logs/access; \(temporary)
                    server {
                        listen 127.0.0.1:\(port);
                        location /cache/ {
                            root \(scratch.path); dav_methods PUT; create_full_put_path on; client_max_body_size 100m;
                        }
                    }
                }
                """
            try configuration.write(toFile: scratch.path + "/conf", atomically: true, encoding: .utf8)
            let server = try ChildProcess(nginx, ["-p", scratch.path, "-c", scratch.path + "/conf"])
            defer { server.end() }
            let address = "http://127.0.0.1:\(port)/cache"
            let isUp = try await eventually {
                (try? Data(contentsOf: URL(fileURLWithPath: scratch.path + "/pid")))?.isEmpty == false
            }
            try #require(isUp)
            try await body(address, scratch.path + "/cache")
        }
    }

    @Test(.enabled(if: nginx != nil, "needs nginx with its DAV module"))
    func nginxKeepsOurVerdicts() async throws {
        try await withServer { address, folder in
            let checks = "[check \"said\"]\n    run = \"echo said; date +%N\"\n"
            try await CheckedRepository.with(checks) { desk in
                let scratch = desk.repository.scratch.path
                try "a secret of many letters".write(toFile: scratch + "/secret", atomically: true, encoding: .utf8)
                let reader = try await desk.repository.clone(desk.repository.path, as: "reader")
                for repository in [desk.repository, reader] {
                    try await repository.git("config", "validate.remoteCache", address)
                    try await repository.git("config", "validate.remoteKey", scratch + "/secret")
                    try await repository.git("config", "validate.audit", "0")
                }
                try await desk.repository.git("config", "validate.remotePush", "true")
                let first = try await desk.report()
                #expect(first.outcomes == ["said": "passed"])
                let second = try await CheckedRepository(repository: reader).report()
                #expect(second.outcomes == ["said": "cached"])
                #expect(second["said"]?.output == first["said"]?.output)
                let results = try FileManager.default.contentsOfDirectory(atPath: folder + "/ac")
                #expect(results.count == 1 && results[0].count == 64)
                let blobs = try FileManager.default.contentsOfDirectory(atPath: folder + "/cas")
                for name in blobs {
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/cas/" + name))
                    #expect(BlobDigest(of: [UInt8](bytes)).hash == name)
                }
            }
        }
    }

    @Test(.enabled(if: nginx != nil && ccache && compiler != nil, "needs nginx, ccache and a C compiler"))
    func ccacheUsesTheSameServer() async throws {
        try await withServer { address, folder in
            try await TestRepository.with { repository in
                try repository.write("a.c", "int main(void) { return 0; }\n")
                for round in ["1", "2"] {
                    let home = repository.scratch.path + "/ccache" + round
                    let there = repository.with(environment: [
                        "CCACHE_DIR": home, "CCACHE_REMOTE_STORAGE": address + "|layout=bazel",
                    ])
                    let built = try await there.run(
                        "ccache", [Self.compiler ?? "cc", "-c", "a.c", "-o", "a\(round).o"])
                    #expect(built.exitCode == 0, "\(built)")
                    let statistics = try await there.run("ccache", ["--print-stats"]).output
                    #expect(statistics.contains("remote_storage_hit\t\(round == "2" ? 1 : 0)"), "\(statistics)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/ac").count >= 1)
            }
        }
    }
}
