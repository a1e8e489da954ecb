package import GitValues

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Objects in files of their own, as git stores single ones.
///
/// `Git2` has a writer of its own: it names objects by the library, which is not loaded for a small patch, and cares for
/// what can be made again as well.
package enum LooseFile {
    /// Writes an object, given as it lies on the disk: under a name that git's own pruning removes, then, once it is
    /// durable, under its own.
    static func write(_ bytes: [UInt8], as digest: Digest, in objectDirectory: String) throws {
        let name = ObjectStore.loosePath(digest, in: objectDirectory)
        let folder = String(name.dropLast(39))
        let isNew = try Files.makeDirectory(folder)
        let file = try RawFile(creating: folder + "/tmp_obj_", mode: 0o444)
        do {
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
            try Files.sync(file.descriptor, file.path)
            guard rename(file.path, name) == 0 else { throw Files.error("name '\(name)'") }
        } catch {
            unlink(file.path)
            throw error
        }
        try Files.sync(folder)
        if isNew { try Files.sync(objectDirectory) }
    }

    /// Makes objects durable, and young so that nobody prunes them; those that are in no file of their own are passed over.
    ///
    /// For what others have stored: git waits neither for the file of an object nor for its name.
    package static func settle(_ ids: [ObjectID], in location: RepositoryLocation) throws {
        try settle(ids.map(\.hex), in: [location.commonDirectory + "/objects"])
    }

    /// The same by names in hex, in an object directory and its alternates.
    static func settle(_ names: [String], in directories: [String]) throws {
        var folders: Set<String> = []
        for name in names {
            for directory in directories {
                let folder = "\(directory)/\(name.prefix(2))"
                let path = "\(folder)/\(name.dropFirst(2))"
                guard utimensat(AT_FDCWD, path, nil, 0) == 0 else { continue }
                try Files.sync(path)
                folders.formUnion([folder, directory])
            }
        }
        for folder in folders.sorted() { try Files.sync(folder) }
    }
}
