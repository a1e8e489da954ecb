package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension GitProgram {
    /// The short name of the branch HEAD is on, born or not; `nil` when it is on none.
    ///
    /// The file says so in nearly every repository; where references are kept otherwise, git is asked.
    package func currentBranch(_ location: RepositoryLocation) async throws -> String? {
        if let name = GitProgram.branch(inFile: location.gitDirectory + "/HEAD") { return name }
        let result = try await run(["symbolic-ref", "--quiet", "--short", "HEAD"])
        return result.succeeded ? result.text : nil
    }

    /// What a HEAD file says of a branch; a reftable repository has a name there that no branch can have.
    private static func branch(inFile path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        guard text.hasPrefix("ref: refs/heads/"), text.hasSuffix("\n") else { return nil }
        let name = text.dropFirst("ref: ".count).dropLast()
        return ReferenceName(name)?.branch
    }
}
