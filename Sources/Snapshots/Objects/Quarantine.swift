#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An object directory beside the real one, for objects nobody may see before all of them are there.
///
/// Its name begins with `tmp_objdir-`, so that git's own `prune` removes what a crash leaves behind.
struct Quarantine: Sendable {
    /// Where the objects are for now.
    let path: String
    /// The object directory they are meant for.
    let destination: String

    /// Makes an empty quarantine inside an object directory, or, for a dry run, in a temporary folder.
    init(for destination: String, dryRun: Bool) throws {
        let base = dryRun ? Files.temporaryDirectory + "/gitpatch-" : destination + "/tmp_objdir-gitpatch-"
        path = try Files.makeTemporaryDirectory(base)
        self.destination = destination
    }

    /// Removes what is left.
    func discard() { Files.removeTree(path) }

    /// Moves every object to its destination and makes the names durable; packs become visible index last.
    ///
    /// The content must be durable already. What was moved when an error is thrown are whole, unused objects.
    func migrate() throws {
        var touched: Set<String> = []
        for name in Files.names(in: path) {
            let source = path + "/" + name
            if name == "pack" {
                try migratePacks(source, &touched)
            } else if name.utf8.count == 2 {
                try migrateLoose(source, name, &touched)
            }
        }
        for folder in touched.sorted() { try Files.sync(folder) }
    }

    private func migrateLoose(_ source: String, _ name: String, _ touched: inout Set<String>) throws {
        let target = destination + "/" + name
        if rename(source, target) == 0 {
            touched.formUnion([destination, target])
            return
        }
        guard [ENOTEMPTY, EEXIST].contains(errno) else { throw Files.error("move objects to '\(target)'") }
        for file in Files.names(in: source) where !file.hasPrefix("tmp_") {
            try move(source + "/" + file, to: target + "/" + file)
        }
        touched.insert(target)
    }

    private func migratePacks(_ source: String, _ touched: inout Set<String>) throws {
        let target = destination + "/pack"
        try Files.makeDirectory(target)
        let files = Files.names(in: source).filter { !$0.hasPrefix("tmp_") }
        for file in files.filter({ !$0.hasSuffix(".idx") }) + files.filter({ $0.hasSuffix(".idx") }) {
            try move(source + "/" + file, to: target + "/" + file)
        }
        touched.formUnion([destination, target])
    }

    /// Moves one file; one that is there already has the same content and only becomes young again, which keeps it
    /// from being pruned.
    private func move(_ source: String, to target: String) throws {
        if utimensat(AT_FDCWD, target, nil, 0) == 0 { return }
        guard rename(source, target) == 0 else { throw Files.error("move an object to '\(target)'") }
    }
}
