import Foundation
import SuiteTestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A server of OpenSSH on this machine that one key opens.
enum SSHServer {
    /// Runs a body with the beginning of the server's URLs and a clone whose git knows the key.
    ///
    /// - Parameter command: what the key starts whatever is asked for; without one, what is asked for.
    static func with(
        _ clone: TestRepository, command: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: (String, TestRepository) async throws -> Void
    ) async throws {
        let folder = clone.scratch.path + "/ssh"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o700)
        for key in ["host", "user"] {
            let made = try await clone.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(key)"])
            #expect(made.succeeded, "\(made)")
        }
        let key = try String(contentsOfFile: folder + "/user.pub", encoding: .utf8)
        let options = command.map { "command=\"\($0)\",no-pty " } ?? ""
        try (options + key).write(toFile: folder + "/keys", atomically: true, encoding: .utf8)
        let configuration = """
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/keys
            PidFile \(folder)/pid
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication no

            """
        try configuration.write(toFile: folder + "/config", atomically: true, encoding: .utf8)
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let sshd = try #require(GitServer.path(of: "sshd"))
        let server = try GitServer(sshd, environment: clone.environment) { port in
            ["-D", "-e", "-f", folder + "/config", "-o", "ListenAddress=127.0.0.1:\(port)"]
        }
        defer { server.stop() }
        let ssh =
            "ssh -i \(folder)/user -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
            + "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        try await body(
            "ssh://\(NSUserName())@127.0.0.1:\(server.port)", clone.with(environment: ["GIT_SSH_COMMAND": ssh]))
    }
}
