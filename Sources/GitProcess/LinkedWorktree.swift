package import GitValues
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A linked worktree without files, made so that git finds it whole or not at all.
///
/// `git worktree add` writes its administrative files one by one. Killed meanwhile, it leaves a folder in `worktrees/`
/// that makes every later `git fetch` of the repository fail (git 2.39: `bad object worktrees/1/HEAD`). Here the folder is
/// made elsewhere and comes into its place by one rename. Its files are those of gitrepository-layout(5).
package enum LinkedWorktree {
    /// Makes a worktree with HEAD detached at a commit; what is at the path must be gone.
    ///
    /// - Parameter staging: a path in the file system of the common directory, for the time of making; what a killed run
    ///   left there is removed.
    /// - Returns: the administrative folder.
    /// - Throws: `GitProcessError` naming the step.
    package static func make(
        at path: String, name: String, commit: ObjectID, commonDirectory: String, staging: String
    ) throws(GitProcessError) -> String {
        discard(staging)
        try make(folder: staging)
        try write("\(commit.hex)\n", to: staging + "/HEAD")
        try write("../..\n", to: staging + "/commondir")
        try write("\(path)/.git\n", to: staging + "/gitdir")
        let worktrees = commonDirectory + "/worktrees"
        if mkdir(worktrees, 0o777) != 0, errno != EEXIST { throw problem("create '\(worktrees)'") }
        SharedFiles.settle(worktrees)
        try make(folder: path)
        for number in 1...1000 {
            let admin = "\(worktrees)/\(name)" + (number == 1 ? "" : "-\(number)")
            // An empty folder would be replaced: one that is there is somebody's, whatever is in it.
            if access(admin, F_OK) == 0 { continue }
            try write("gitdir: \(admin)\n", to: path + "/.git")
            if rename(staging, admin) == 0 { return admin }
            if errno != EEXIST && errno != ENOTEMPTY { throw problem("create '\(admin)'") }
        }
        throw GitProcessError(
            code: .failed, operation: "create a worktree", message: "no name is free in '\(worktrees)'")
    }

    /// The administrative folders that say they belong to a worktree at a path, whole or not.
    package static func administrations(of path: String, commonDirectory: String) -> [String] {
        let worktrees = commonDirectory + "/worktrees"
        // One without `gitdir` is another program's, which may be making it just now.
        return names(in: worktrees).map { worktrees + "/" + $0 }.filter {
            firstLine(of: $0 + "/gitdir") == path + "/.git"
        }
    }

    private static func firstLine(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
    }

    /// Removes an administrative folder: out of git's sight by one rename first.
    package static func remove(_ admin: String, staging: String) {
        discard(staging)
        if rename(admin, staging) == 0 { discard(staging) }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 1024) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder with everything in it; links are not followed.
    private static func discard(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) { discard(path + "/" + name) }
        rmdir(path)
    }

    private static func make(folder path: String) throws(GitProcessError) {
        guard mkdir(path, 0o777) == 0 else { throw problem("create '\(path)'") }
        SharedFiles.settle(path)
    }

    /// Writes a file that is on disk when this returns: git reads these at every start.
    private static func write(_ text: String, to path: String) throws(GitProcessError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw problem("write '\(path)'") }
        defer { close(descriptor) }
        SharedFiles.settle(descriptor, at: path)
        do { try FileDescriptor(rawValue: descriptor).writeAll(text.utf8) } catch { throw problem("write '\(path)'") }
        guard fsync(descriptor) == 0 else { throw problem("write '\(path)'") }
    }

    private static func problem(_ step: String) -> GitProcessError {
        GitProcessError(code: .failed, operation: step, message: String(cString: strerror(errno)))
    }
}
