import Foundation
import SuiteTestSupport

/// Programs that judge pipelines: `.ci/run` installs them; a test that needs one that is absent is skipped by name.
enum Oracles {
    static let zizmor = find("zizmor")
    static let actionlint = find("actionlint")
    static let act = find("act")
    static let hadolint = find("hadolint")
    static let shellcheck = find("shellcheck")
    static let schemas = find("check-jsonschema")
    static let chromium = find("chromium")
    /// A Python that has PyYAML.
    static let python = find("python3", where: { runs($0, ["-c", "import yaml"]) })
    static let node = find("node")

    private static func find(_ name: String, where isFit: (String) -> Bool = { _ in true }) -> String? {
        let variables = ProcessInfo.processInfo.environment
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders = [variables["GITPATCH_ORACLES"], root.path + "/.build/oracles/bin"].compactMap { $0 }
        let path = (variables["PATH"] ?? "").split(separator: ":").map(String.init)
        return (folders + path).map { $0 + "/" + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) && isFit($0) }
    }

    private static func runs(_ program: String, _ arguments: [String]) -> Bool {
        (try? ChildProcess.run(program, arguments))?.code == 0
    }
}

extension TestRepository {
    /// What both linters say of a workflow; empty for nothing.
    func findings(_ path: String) async throws -> String {
        var said = ""
        if let actionlint = Oracles.actionlint {
            let result = try await run(actionlint, ["-no-color", path])
            if !result.succeeded { said += result.description }
        }
        if let zizmor = Oracles.zizmor {
            let result = try await run(
                zizmor, ["--offline", "--no-progress", "--persona", "auditor", "--format", "plain", path])
            if !result.succeeded { said += result.description }
        }
        return said
    }
}
