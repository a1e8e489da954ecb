package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The refs of a repository, read and moved in git's own files, as gitrepository-layout(5) describes them.
///
/// libgit2 is not needed for any of it, and not loaded. It also would not do: it has no transaction that keeps an order,
/// rewrites `packed-refs` from what it read before it took the lock, and waits for the disk after every single write.
package struct ReferenceFiles: Sendable {
    package let location: RepositoryLocation
    /// Which refs get a reflog when they have none.
    var reflogs: ReflogPolicy

    /// Looks at the format of a repository and at its owner.
    ///
    /// - Throws: `.unsupported` naming the extension where refs or objects are not in the files we know, `.owner` when
    ///   git would refuse the repository, `.notARepository`.
    package static func open(
        _ location: RepositoryLocation, reflogs: ReflogPolicy
    ) throws(GitError) -> ReferenceFiles {
        let operation = "opening '\(location.gitDirectory)'"
        try OwnerCheck(location: location).run(operation)
        let parts = [
            location.gitDirectory + "/HEAD", location.commonDirectory + "/objects", location.commonDirectory + "/refs",
        ]
        for part in parts where access(part, F_OK) != 0 {
            throw GitError(.notARepository, operation, "there is no repository")
        }
        try RepositoryFormat.require(location, operation)
        return ReferenceFiles(location: location, reflogs: reflogs)
    }

    /// HEAD of this worktree.
    package var head: Head {
        get throws(GitError) {
            switch try value(of: .head) {
            case nil: throw GitError(.corrupt, "reading HEAD", "there is none", subject: "HEAD")
            case .object(let id): return .detached(id)
            case .symbolic(let branch):
                guard let id = try object(of: branch) else { return .unborn(branch) }
                return .branch(branch, id)
            }
        }
    }

    /// What a ref holds, without following symbolic ones; `nil` when there is no such ref.
    package func value(of name: ReferenceName) throws(GitError) -> ReferenceValue? {
        let operation = "reading '\(name)'"
        // A ref that is being packed is in both places for a moment, and never in none.
        if let content = try loose(name, operation) { return try parse(content, operation) }
        guard name != .head, let id = try packed.value(of: name) else { return nil }
        return .object(id)
    }

    /// The object a ref points at, symbolic refs followed; `nil` when there is none. Tags are not peeled.
    package func object(of name: ReferenceName) throws(GitError) -> ObjectID? {
        var name = name
        for _ in 0..<10 {
            switch try value(of: name) {
            case nil: return nil
            case .object(let id): return id
            case .symbolic(let next): name = next
            }
        }
        throw GitError(.corrupt, "reading '\(name)'", "symbolic refs run in a circle", subject: name.text)
    }

    /// All refs whose name starts with the prefix (`refs/heads/`), sorted by name; symbolic ones resolved, broken ones left out.
    package func list(under prefix: String) throws(GitError) -> [(name: ReferenceName, id: ObjectID)] {
        let folder = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? "refs"
        var names: Set<ReferenceName> = []
        for directory in Set([location.commonDirectory, location.gitDirectory]) {
            collect(folder, in: directory, into: &names)
        }
        var found: [ReferenceName: ObjectID] = [:]
        for (name, id) in try packed.list(under: prefix) { found[name] = id }
        for name in names where name.text.utf8.starts(with: prefix.utf8) {
            do { found[name] = try object(of: name) } catch {
                // One broken ref must not hide all others; git lists the rest too.
                if error.code != .corrupt { throw error }
                found[name] = nil
            }
        }
        return found.sorted { $0.key < $1.key }.map { (name: $0.key, id: $0.value) }
    }

    /// The file of a ref, whether it exists or not.
    func path(of name: ReferenceName) -> String { directory(of: name) + "/" + name.text }

    /// The git directory that holds a ref: some belong to one worktree (git-worktree(1), "Refs").
    func directory(of name: ReferenceName) -> String {
        name.text.hasPrefix("refs/") && !isPrivate(name) ? location.commonDirectory : location.gitDirectory
    }

    /// Whether every worktree has a ref of that name for itself.
    func isPrivate(_ name: ReferenceName) -> Bool {
        ["refs/bisect/", "refs/worktree/", "refs/rewritten/"].contains { name.text.hasPrefix($0) }
    }

    var packed: PackedReferences { PackedReferences(directory: location.commonDirectory) }

    private func loose(_ name: ReferenceName, _ operation: String) throws(GitError) -> [UInt8]? {
        let path = path(of: name)
        let descriptor = systemOpen(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: return nil
            case ELOOP: return try linked(path, operation)
            default: throw GitError.system(operation, path)
            }
        }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            // A folder of other refs has nothing to read.
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            return count < 0 ? nil : Array(buffer[..<count])
        }
    }

    /// A symbolic ref in the form of before git 1.5, a symbolic link, or the file behind one.
    private func linked(_ path: String, _ operation: String) throws(GitError) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        let target = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if target.hasPrefix("refs/"), ReferenceName(target) != nil { return Array("ref: \(target)\n".utf8) }
        return try readFile(path, operation)
    }

    private func parse(_ content: [UInt8], _ operation: String) throws(GitError) -> ReferenceValue {
        if content.starts(with: "ref:".utf8) {
            let target = String(decoding: content.dropFirst(4), as: UTF8.self).trimmingBlanks
            guard let name = ReferenceName(target) else {
                throw GitError(.corrupt, operation, "it points at '\(target)', which is no ref name")
            }
            return .symbolic(name)
        }
        let isEnded = content.dropFirst(40).first.map { $0 == 0x0A || $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } ?? true
        guard isEnded, let id = ObjectID(hex: String(decoding: content.prefix(40), as: UTF8.self)) else {
            throw GitError(.corrupt, operation, "its file holds neither an id nor the name of a ref")
        }
        return .object(id)
    }

    private func collect(_ folder: String, in directory: String, into names: inout Set<ReferenceName>) {
        guard let stream = opendir(directory + "/" + folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let full = folder + "/" + name
            var status = stat()
            guard lstat(directory + "/" + full, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                collect(full, in: directory, into: &names)
            } else if let reference = ReferenceName(full), self.directory(of: reference) == directory {
                names.insert(reference)
            }
        }
    }
}

extension String {
    /// Without white space around it.
    fileprivate var trimmingBlanks: String {
        var slice = self[...]
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        return String(slice)
    }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
