import Synchronization

/// Finds the attributes of paths: reads each folder's file once, from the working tree, as git does when it adds.
final class AttributeFiles: Sendable {
    /// Something about attributes that only git can judge.
    struct Obstacle: Error, CustomStringConvertible {
        let description: String
    }

    private let worktree: String
    private let index: IndexFile
    private let user: AttributeRules?
    private let repository: AttributeRules?
    private let known = Mutex<[[UInt8]: AttributeStack]>([:])
    private let files = Mutex<[[UInt8]: AttributeRules?]>([:])

    /// Creates a finder.
    ///
    /// - Parameters:
    ///   - userFile: `core.attributesFile`.
    ///   - repositoryFile: `info/attributes`.
    init(worktree: String, index: IndexFile, userFile: String?, repositoryFile: String) throws {
        self.worktree = worktree
        self.index = index
        // Git warns of files it cannot read and goes on without them.
        user = userFile.flatMap { try? Files.read($0) }.map { AttributeRules(parsing: $0, allowsMacros: true) }
        repository = try Files.read(repositoryFile).map { AttributeRules(parsing: $0, allowsMacros: true) }
    }

    /// The attributes in force in a folder, given by its path with a slash at the end, or empty for the top.
    func stack(for folder: [UInt8]) throws -> AttributeStack {
        if let stack = known.withLock({ $0[folder] }) { return stack }
        var frames: [AttributeStack.Frame] = []
        if let repository { frames.append(.init(rules: repository, depth: 0)) }
        for depth in [folder.count] + parents(of: folder) {
            if let rules = try rules(in: Array(folder[..<depth])) { frames.append(.init(rules: rules, depth: depth)) }
        }
        if let user { frames.append(.init(rules: user, depth: 0)) }
        let stack = AttributeStack(frames)
        known.withLock { $0[folder] = stack }
        return stack
    }

    /// The lengths of the paths of the folders above a folder, nearest first, the top included.
    private func parents(of folder: [UInt8]) -> [Int] {
        guard !folder.isEmpty else { return [] }
        let slashes = folder.indices.dropLast().filter { folder[$0] == UInt8(ascii: "/") }.map { $0 + 1 }
        return slashes.reversed() + [0]
    }

    private func rules(in folder: [UInt8]) throws -> AttributeRules? {
        if let found = files.withLock({ $0[folder] }) { return found }
        let path = folder + Array(".gitattributes".utf8)
        var rules: AttributeRules?
        switch Files.readRegular(worktree, path) {
        case .content(let content):
            let parsed = AttributeRules(parsing: content, allowsMacros: folder.isEmpty)
            if parsed.hasLongLine { throw Obstacle(description: "'\(path.text)' has an overly long line") }
            rules = parsed
        case .missing:
            // Git then takes the one of the index, whose state depends on what it has already added.
            if index.find(path) != nil { throw Obstacle(description: "'\(path.text)' is deleted but in the index") }
        case .unusual: throw Obstacle(description: "'\(path.text)' is no readable file")
        }
        let found = rules
        files.withLock { $0[folder] = found }
        return rules
    }
}
