import Git2
package import GitProcess
package import GitValues
import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Locks of references that a killed git child of ours left behind.
///
/// A lock counts as left by us only when all of this is so: the mark of a dead process of ours is there; the lock is no
/// older than that mark and lies where our children write (`refs/gitpatch`, `refs/remotes`, `packed-refs`, `shallow`); it
/// stays as it is for a while; and no other git process runs in the repository. A remote that is a path has its
/// receive-pack run as our child as well: of the locks there, those that belong to this user and lie where we push.
package enum StaleLocks {
    /// Removes them and returns their paths. Costs one look into a folder when nobody was killed.
    ///
    /// - Parameter git: asked for the paths of remotes when somebody was.
    package static func remove(_ location: RepositoryLocation, git: GitProgram) async throws -> [String] {
        let folder = WorkMark.folder(of: location)
        let dead = names(in: folder).map { folder + "/" + $0 }.filter { path in
            guard let owner = content(of: path).flatMap(WorkMark.owner) else { return true }
            return !owner.isAlive
        }
        guard let since = dead.compactMap({ Facts(of: $0)?.modified }).min() else { return [] }
        let remotes = await paths(ofRemotesIn: location, git)
        let here = candidates(location).compactMap { path in Facts(of: path).map { (path: path, facts: $0) } }
        let there = remotes.flatMap(pushed).compactMap { path in Facts(of: path).map { (path: path, facts: $0) } }
        let found = (here + there.filter { $0.facts.owner == getuid() }).filter { $0.facts.modified >= since - 1 }
        var removed: [String] = []
        if !found.isEmpty {
            try await Task.sleep(for: .milliseconds(300))
            let still = found.filter { Facts(of: $0.path) == $0.facts }
            let places = [location.worktree, location.commonDirectory, location.gitDirectory] + remotes
            if !still.isEmpty && gitRuns(in: places) { return [] }
            removed = still.map(\.path).filter { unlink($0) == 0 }
        }
        SharedRepository.letGoOfStale(in: location)
        // Losing the error is right: of a repository whose files we do not know, we have none.
        (try? ReferenceFiles.open(location, reflogs: .none))?.removeStalePackedLocks()
        for mark in dead { unlink(mark) }
        return removed
    }

    private static func candidates(_ location: RepositoryLocation) -> [String] {
        let common = location.commonDirectory
        let below = ["refs/gitpatch", "refs/remotes"].flatMap { locks(below: common + "/" + $0) }
        return below + ["packed-refs.lock", "packed-refs.new", "shallow.lock"].map { common + "/" + $0 }
    }

    /// What a push of ours can have locked in a repository.
    private static func pushed(_ repository: String) -> [String] {
        ["refs/heads", "refs/patches", "refs/automerge"].flatMap { locks(below: repository + "/" + $0) }
            + ["packed-refs.lock", "packed-refs.new"].map { repository + "/" + $0 }
    }

    /// The git directories of the remotes that are paths of this machine.
    private static func paths(ofRemotesIn location: RepositoryLocation, _ git: GitProgram) async -> [String] {
        // Losing the error is right: what is not found here is found by the next command, or stays with its message.
        guard let listed = try? await git.run(["config", "--get-regexp", #"^remote\..*\.(push)?url$"#]) else {
            return []
        }
        return Set(
            listed.lines.compactMap { line -> String? in
                guard var path = line.split(separator: " ", maxSplits: 1).last.map(String.init) else { return nil }
                if path.hasPrefix("file://") { path.removeFirst("file://".count) }
                if !path.hasPrefix("/") { path = location.worktree + "/" + path }
                let inner = path + "/.git"
                if let real = resolvedPath(inner + "/objects") ?? resolvedPath(path + "/objects") {
                    return String(real.dropLast("/objects".count))
                }
                return nil
            }
        ).sorted()
    }

    private static func locks(below folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = folder + "/" + name
            if name.hasSuffix(".lock") { return [path] }
            return Facts(of: path)?.isFolder == true ? locks(below: path) : []
        }
    }

    /// Whether a git process works in the repository, those above us left out: `git patch` itself has one.
    ///
    /// Without `/proc` nobody can tell, and the other signs must do.
    private static func gitRuns(in places: [String]) -> Bool {
        var above: Set<Int32> = [getpid()]
        var next = getppid()
        while next > 1, above.insert(next).inserted { next = parent(of: next) ?? 0 }
        return names(in: "/proc").compactMap { Int32($0) }.contains { process in
            guard !above.contains(process), let name = content(of: "/proc/\(process)/comm"), name.hasPrefix("git"),
                let place = target(of: "/proc/\(process)/cwd")
            else { return false }
            return places.contains { place == $0 || place.hasPrefix($0 + "/") }
        }
    }

    private static func parent(of process: Int32) -> Int32? {
        guard let text = content(of: "/proc/\(process)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    /// What tells that a file was not touched between two looks.
    private struct Facts: Equatable {
        let inode: UInt64
        let modified: Double
        let isFolder: Bool
        let owner: UInt32

        init?(of path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            inode = UInt64(status.st_ino)
            owner = UInt32(status.st_uid)
            isFolder = status.st_mode & S_IFMT == S_IFDIR
            #if canImport(Glibc)
                modified = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
            #else
                modified = Double(status.st_mtimespec.tv_sec) + Double(status.st_mtimespec.tv_nsec) / 1e9
            #endif
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func content(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func target(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }
}
