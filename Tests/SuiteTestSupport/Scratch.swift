import Foundation

/// A folder of one test: made fresh, removed at the end unless `GITPATCH_KEEP_SCRATCH` is set.
package struct Scratch: Sendable {
    /// The absolute path, symbolic links resolved.
    package let path: String

    /// Runs a body with a fresh folder.
    package static func with<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Scratch) async throws -> Result
    ) async throws -> Result {
        guard Gate.isInside else {
            await Gate.shared.enter()
            do {
                let result = try await Gate.$isInside.withValue(true) { try await with(body) }
                await Gate.shared.leave()
                return result
            } catch {
                await Gate.shared.leave()
                throw error
            }
        }
        let base = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        let path = base + "/gitpatch-test-" + UUID().uuidString.prefix(13)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer {
            if ProcessInfo.processInfo.environment["GITPATCH_KEEP_SCRATCH"] == nil {
                _ = chmodTree(path)
                try? FileManager.default.removeItem(atPath: path)  // A left-over folder harms no test.
            }
        }
        return try await body(Scratch(path: path))
    }

    /// Creates a folder inside and returns its path.
    package func makeDirectory(_ name: String) throws -> String {
        let path = path + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Read-only folders would survive their own removal.
    private static func chmodTree(_ path: String) -> Bool {
        for case let item as String in FileManager.default.enumerator(atPath: path) ?? .init() {
            var status = stat()
            if lstat(path + "/" + item, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                status.st_mode & 0o700 != 0o700
            {
                chmod(path + "/" + item, 0o755)
            }
        }
        return true
    }
}
