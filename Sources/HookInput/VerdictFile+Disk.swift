package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a verdict was not written.
package enum VerdictFileError: Error, Hashable, Sendable {
    /// Something that decides has changed since the fingerprint was taken; the pass may be stale already.
    case notCurrent
    /// A path or name holds a line feed.
    case unwritableName
    /// The system refused; its error number.
    case system(Int32)
}

/// Verdict files on disk: `<common dir>/gitpatch/verdicts/<id of the pushed object>`.
extension VerdictFile {
    /// Writes the verdict for the helper, replacing an older one in one step.
    ///
    /// - Parameter storeDirectory: `<common dir>/gitpatch`; it must exist.
    package func write(
        to storeDirectory: String, environment: HookVariables = .current()
    ) throws(VerdictFileError) {
        guard fingerprint.isUnchanged(environment: environment) else { throw .notCurrent }
        guard let text else { throw .unwritableName }
        let folder = VerdictFile.folder(storeDirectory)
        if mkdir(folder, 0o777) != 0, errno != EEXIST { throw .system(errno) }
        SharedFiles.settle(folder)
        let path = folder + "/" + object.hex
        let temporary = path + ".\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system(errno) }
        SharedFiles.settle(descriptor, at: path)
        // No sync: a file torn by a power cut fails its digest, and the validator is asked.
        guard writeAll(Array(text.utf8), to: descriptor), close(descriptor) == 0, rename(temporary, path) == 0 else {
            let reason = errno
            unlink(temporary)
            throw .system(reason)
        }
    }

    /// Reads the verdict of a pushed object; `nil` when there is none, it is damaged, or it belongs to another user.
    package static func read(_ object: ObjectID, from storeDirectory: String) -> VerdictFile? {
        let descriptor = open(folder(storeDirectory) + "/" + object.hex, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), status.st_size < 1 << 20,
            let bytes = readAll(descriptor), let verdict = VerdictFile(bytes: bytes),
            verdict.object == object
        else { return nil }
        return verdict
    }

    /// Removes the verdict of an object, when there is one.
    package static func remove(_ object: ObjectID, from storeDirectory: String) {
        unlink(folder(storeDirectory) + "/" + object.hex)
    }

    /// Removes every verdict last written before `time`; all of them without one (a check was found to lie).
    package static func removeAll(from storeDirectory: String, before time: Timestamp? = nil) {
        let folder = folder(storeDirectory)
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = entryName(entry)
            guard name != ".", name != ".." else { continue }
            let path = folder + "/" + name
            if let time, let file = FileIdentity.of(path), file.modified / 1_000_000 >= time.milliseconds { continue }
            unlink(path)
        }
    }

    private static func folder(_ storeDirectory: String) -> String { storeDirectory + "/verdicts" }
}
