import GitProcess
import GitValues
package import Settings
import Snapshots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension RepositoryObjects {
    /// Lets git tidy up where it would: our own children never do, so a clone in which nobody else works would grow for ever.
    ///
    /// Whether it is time is found out as `git gc --auto` does, without a child; git does the work behind our back.
    package func tidy(_ settings: Settings) async throws {
        let limit = settings.string("gc.autopacklimit").flatMap { Int($0) }
        let packs = SmallPacks(location, limit: limit)
        // Each landing leaves one.
        // That they cannot be put together is no reason not to tidy up.
        if packs.areMany { _ = try? packs.combine() }
        guard settings.boolean("maintenance.auto") != false, isUntidy(settings, limit) else { return }
        // That it cannot, because another one runs, say, is no matter of ours.
        _ = try await git.run(["maintenance", "run", "--auto", "--quiet"])
    }

    /// Whether there are as many loose objects or packs as make git tidy up (git-gc(1), `gc.auto` and `gc.autoPackLimit`).
    private func isUntidy(_ settings: Settings, _ limit: Int?) -> Bool {
        let objects = settings.string("gc.auto").flatMap { Int($0) } ?? 6700
        guard objects > 0 else { return false }
        let folder = location.commonDirectory + "/objects"
        // One folder of 256 stands for all.
        let loose = RepositoryObjects.count(folder + "/17") { $0.utf8.count >= 38 }
        if loose > (objects + 255) / 256 { return true }
        let packs = limit ?? 50
        return packs > 0 && RepositoryObjects.count(folder + "/pack") { $0.hasSuffix(".pack") } > packs
    }

    private static func count(_ folder: String, _ isMeant: (String) -> Bool) -> Int {
        guard let stream = opendir(folder) else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if isMeant(name) { count += 1 }
        }
        return count
    }
}
