import Foundation
import SuiteTestSupport
import Testing

/// `GIT_INDEX_FILE` names an index that is on another file system than the repository.
struct OtherIndexTests {
    /// A folder on another file system than a path; `nil` where this machine has none to write to.
    private func elsewhere(than path: String) -> String? {
        func device(_ path: String) -> UInt64? {
            var status = stat()
            return stat(path, &status) == 0 ? UInt64(status.st_dev) : nil
        }
        return ["/dev/shm", "/tmp", "/var/tmp"].first {
            access($0, W_OK) == 0 && device($0) != nil && device($0) != device(path)
        }.map { $0 + "/gitpatch-index-\(UUID().uuidString)" }
    }

    @Test func aPatchAndItsUndoReplaceItThere() async throws {
        try await TestRepository.with { here in
            guard let folder = elsewhere(than: here.path) else { return }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await here.commit("first", files: ["a": "a\n", "b": "b\n"])
            let repository = here.with(environment: ["GIT_INDEX_FILE": folder + "/idx"])
            try await repository.git("read-tree", "HEAD")
            try repository.write("a", "b\n")
            try await repository.git("add", "a")
            let before = try await repository.git("ls-files", "--stage")
            try repository.write("b", "c\n")
            try await repository.mustPatch("Change both")
            #expect(try await repository.git("show", "--format=", "--name-only") == "a\nb")
            #expect(try await repository.git("status", "--porcelain") == "")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["idx"])
            try await repository.mustPatch("undo")
            #expect(try await repository.git("ls-files", "--stage") == before)
            #expect(repository.read("b") == "c\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["idx"])
            // Somebody else's lock is respected there, too.
            try "".write(toFile: folder + "/idx.lock", atomically: false, encoding: .utf8)
            let refused = try await repository.patch("Change both")
            #expect(refused.exitCode == 75, "\(refused)")
            #expect(FileManager.default.fileExists(atPath: folder + "/idx.lock"))
        }
    }

    @Test(arguments: ["held", "moved", "files"])
    func whatIsKilledIsFinishedThere(_ step: String) async throws {
        try await TestRepository.with { here in
            guard let folder = elsewhere(than: here.path) else { return }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await here.commit("first", files: ["a": "a\n"])
            let repository = here.with(environment: ["GIT_INDEX_FILE": folder + "/idx"])
            try await repository.git("read-tree", "HEAD")
            try repository.write("a", "b\n")
            let killed = try await repository.with(environment: ["GITPATCH_FAULT": step]).patch("Change a")
            #expect(killed.exitCode == 128 + SIGKILL, "\(killed)")
            try await repository.mustPatch("log")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["idx"])
            let isMade = step != "held"
            #expect(try await repository.git("log", "-1", "--format=%s") == (isMade ? "Change a" : "first"))
            #expect(
                try await repository.git("status", "--porcelain")
                    == (isMade ? "" : " M a").trimmingCharacters(in: .whitespaces))
        }
    }
}
