/// Folders that hold what programs made: counted so that nobody commits them unawares.
enum GeneratedFolders {
    /// Names that are never sources.
    private static let sure: Set<String> = [
        "node_modules", "bower_components", "__pycache__", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache",
        ".tox",
        ".gradle", ".next", ".nuxt", ".parcel-cache", ".turbo", ".build", "DerivedData", ".terraform",
        ".ipynb_checkpoints",
    ]
    /// Names that are sources in some projects: only a crowd of files counts.
    private static let likely: Set<String> = [
        "build", "dist", "out", "target", "obj", "coverage", "_build", "venv", "cmake-build-debug",
        "cmake-build-release",
    ]
    /// How many new files make a crowd.
    static let crowd = 50

    /// The generated folders among new files, each with its number of new files, sorted by path.
    ///
    /// A folder that HEAD already has is there on purpose; callers drop those.
    static func find(in added: [[UInt8]]) -> [CaptureRefusal.NamedCount] {
        var sureCounts: [[UInt8]: Int] = [:]
        var likelyCounts: [[UInt8]: Int] = [:]
        for path in added {
            guard let (folder, isSure) = outermost(path) else { continue }
            if isSure { sureCounts[folder, default: 0] += 1 } else { likelyCounts[folder, default: 0] += 1 }
        }
        let crowds = likelyCounts.filter { $0.value >= crowd }
        return sureCounts.merging(crowds) { $0 + $1 }
            .map { .init(path: String(decoding: $0.key, as: UTF8.self), count: $0.value) }
            .sorted { $0.path < $1.path }
    }

    private static func outermost(_ path: [UInt8]) -> (folder: [UInt8], isSure: Bool)? {
        var start = 0
        var found: (folder: [UInt8], isSure: Bool)?
        for index in path.indices where path[index] == UInt8(ascii: "/") {
            let name = String(decoding: path[start..<index], as: UTF8.self)
            if sure.contains(name) { return (Array(path[..<index]), true) }
            if found == nil, likely.contains(name) { found = (Array(path[..<index]), false) }
            start = index + 1
        }
        return found
    }
}
