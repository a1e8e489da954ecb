import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import Environments

/// A folder with something of every kind in it.
private func fill(_ top: String, files: Int = 12, size: Int = 100) throws {
    let manager = FileManager.default
    for index in 0..<files {
        let folder = "\(top)/deps/d\(index % 7)"
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let data = Data(repeating: UInt8(index % 251), count: size)
        try data.write(to: URL(fileURLWithPath: "\(folder)/f\(index)"))
    }
    try manager.createDirectory(atPath: top + "/deps/empty", withIntermediateDirectories: true)
    try manager.createSymbolicLink(atPath: top + "/deps/link", withDestinationPath: "d0/f0")
    try manager.createSymbolicLink(atPath: top + "/deps/broken", withDestinationPath: "nowhere")
    chmod(top + "/deps/d0/f0", 0o755)
    chmod(top + "/deps/d1", 0o500)
    try Data("one".utf8).write(to: URL(fileURLWithPath: top + "/single"))
}

/// Everything below a folder with kind, mode and content.
private func listing(_ top: String) -> [String] {
    var lines: [String] = []
    for case let path as String in FileManager.default.enumerator(atPath: top) ?? .init() {
        guard let facts = FileFacts.of(top + "/" + path) else { continue }
        let content =
            switch facts.kind {
            case .file: "\(FileManager.default.contents(atPath: top + "/" + path)?.hashValue ?? 0)"
            case .link: (try? FileManager.default.destinationOfSymbolicLink(atPath: top + "/" + path)) ?? ""
            default: ""
            }
        let mode = facts.kind == .link ? 0 : facts.mode
        lines.append("\(path) \(facts.kind.rawValue) \(mode) \(content)")
    }
    return lines.sorted()
}

struct EnvironmentStoreTests {
    @Test func artifactsAreCopiesOnBothSides() async throws {
        try await Scratch.with { scratch in
            let (one, two) = (try scratch.makeDirectory("one"), try scratch.makeDirectory("two"))
            try fill(one)
            let before = listing(one)
            let store = ArtifactStore(scratch.path)
            let paths = ["deps/d1", "single", "deps", "single"]
            try store.keep("id", check: "build", from: one, paths: paths, seconds: 1)
            #expect(listing(one) == before)
            try store.restore("id", into: two, paths: paths)
            #expect(listing(two) == before)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: two + "/single"))
            try file.write(contentsOf: Data("TWO".utf8))
            try file.close()
            let three = try scratch.makeDirectory("three")
            try store.restore("id", into: three, paths: paths)
            #expect(listing(three) == before)
            try store.keep("id", check: "build", from: two, paths: ["single"], seconds: 1)
            #expect(throws: EnvironmentProblem.self) { try store.restore("id", into: two, paths: ["single"]) }
            store.remove("id")
            #expect(!store.contains("id"))
        }
    }

    @Test(arguments: [Placing.reflink, .hardLink, .copy])
    func whatComesBackIsWhatWasKept(best: Placing) async throws {
        try await Scratch.with { scratch in
            let (one, two) = (try scratch.makeDirectory("one"), try scratch.makeDirectory("two"))
            try fill(one)
            let before = listing(one)
            let store = EnvironmentStore(scratch.path + "/store")
            try store.keep("id", name: "deps", from: one, paths: ["deps", "single"], seconds: 3)
            #expect(listing(one) == [], "the paths were taken, not copied")
            let restoring = try store.restore(
                "id", into: two, paths: ["deps", "single"], by: Array(Placing.allCases.drop { $0 != best }))
            #expect(listing(two) == before)
            #expect(restoring.files == 13)
            if best == .copy {
                try Data("x".utf8).write(to: URL(fileURLWithPath: two + "/single"))
                #expect(throws: Never.self) { try store.restore("id", into: one, paths: ["deps", "single"]) }
                #expect(listing(one) == before, "a copy shares nothing")
            }
            #expect(store.list().map(\.info.name) == ["deps"] && store.list().first?.info.bytes == 1203)
        }
    }

    @Test func whatWasWrittenToIsNotRestored() async throws {
        try await Scratch.with { scratch in
            let top = try scratch.makeDirectory("top")
            try fill(top)
            let store = EnvironmentStore(scratch.path + "/store")
            try store.keep("id", name: "deps", from: top, paths: ["deps"], seconds: 0)
            let file = scratch.path + "/store/environments/id/files/deps/d2/f2"
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.write(contentsOf: Data("X".utf8))
            try handle.close()
            #expect(throws: EnvironmentProblem.self) { try store.restore("id", into: top, paths: ["deps"]) }
            #expect(
                listing(top) == ["single f 420 \("one".data(using: .utf8)?.hashValue ?? 0)"], "nothing half restored")
            try Data().write(to: URL(fileURLWithPath: scratch.path + "/store/environments/id/manifest"))
            #expect(throws: EnvironmentProblem.self) { try store.restore("id", into: top, paths: ["deps"]) }
        }
    }

    @Test func nothingLiveIsReplacedAndNothingOddIsKept() async throws {
        try await Scratch.with { scratch in
            let top = try scratch.makeDirectory("top")
            try fill(top)
            let store = EnvironmentStore(scratch.path + "/store")
            #expect(throws: EnvironmentProblem.self) {
                try store.keep("id", name: "x", from: top, paths: ["absent"], seconds: 0)
            }
            mkfifo(top + "/deps/pipe", 0o600)
            #expect(throws: EnvironmentProblem.self) {
                try store.keep("id", name: "x", from: top, paths: ["deps"], seconds: 0)
            }
            #expect(!store.contains("id"))
            unlink(top + "/deps/pipe")
            try store.keep("id", name: "x", from: top, paths: ["deps"], seconds: 0)
            _ = try scratch.makeDirectory("top/deps")
            try Data("mine".utf8).write(to: URL(fileURLWithPath: top + "/deps/mine"))
            #expect(throws: EnvironmentProblem.self) { try store.restore("id", into: top, paths: ["deps"]) }
            #expect(FileManager.default.fileExists(atPath: top + "/deps/mine"))
        }
    }

    @Test func theLeastUsedGoesFirstAndLeftoversGo() async throws {
        try await Scratch.with { scratch in
            let store = EnvironmentStore(scratch.path + "/store")
            for (index, id) in ["a", "b", "c"].enumerated() {
                let top = try scratch.makeDirectory(id)
                try Data(repeating: 1, count: 1000).write(to: URL(fileURLWithPath: top + "/x"))
                try store.keep(id, name: id, from: top, paths: ["x"], seconds: 0)
                let folder = store.folder + "/" + id
                let time = Date(timeIntervalSince1970: 1_700_000_000 + Double(index) * 100)
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: folder)
            }
            try FileManager.default.createDirectory(
                atPath: store.folder + "/.new-999999-x/files", withIntermediateDirectories: true)
            let now = Timestamp(seconds: 1_700_000_300)
            let gone = store.prune(maxBytes: 2500, maxAge: TimeSpan(seconds: 1000), now: now)
            #expect(gone.map(\.id) == ["a"] && store.list().map(\.info.id) == ["c", "b"])
            #expect(!FileManager.default.fileExists(atPath: store.folder + "/.new-999999-x"))
            #expect(store.prune(maxBytes: 1 << 40, maxAge: TimeSpan(seconds: 150), now: now).map(\.id) == ["b"])
        }
    }

    @Test func aManifestSaysWhatItSaid() async throws {
        try await Scratch.with { scratch in
            try fill(scratch.path)
            let manifest = try Manifest(of: scratch.path, paths: ["deps", "single"])
            #expect(Manifest(manifest.data) == manifest)
            for cut in stride(from: 0, to: manifest.data.count, by: 13) {
                let part = Manifest(Array(manifest.data.prefix(cut)))
                #expect(part == nil || part != manifest)
            }
        }
    }

    /// A gigabyte in 20,000 files, as a large set of dependencies is. Prints how long restoring takes.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["GITPATCH_LONG"] != nil))
    func aGigabyteComesBackQuickly() async throws {
        try await Scratch.with { scratch in
            let (one, two) = (try scratch.makeDirectory("one"), try scratch.makeDirectory("two"))
            try fill(one, files: 20_000, size: 53_687)
            let store = EnvironmentStore(scratch.path + "/store")
            try store.keep("id", name: "deps", from: one, paths: ["deps"], seconds: 0)
            let clock = ContinuousClock()
            for _ in 0..<3 {
                let start = clock.now
                let restoring = try store.restore("id", into: two, paths: ["deps"])
                print("\(restoring.files) files, \(restoring.bytes) bytes, \(restoring.placing): \(clock.now - start)")
                _ = try await runCommand("rm", ["-rf", two + "/deps"], in: two, environment: [:])
            }
        }
    }
}

struct EnvironmentCommandTests {
    private static let checks = """
        [environment "deps"]
            setup = echo . >> "$HOME/setups" && mkdir -p deps && cp deps.lock deps/content
            key = deps.lock
            key = echo tool 1
            path = deps
        [check "unit"]
            run = cmp deps/content deps.lock
            environment = deps
        [check "own"]
            run = test -f deps/content
            environment = deps
            isolated = true
        [check "none"]
            run = true

        """

    private func setups(_ repository: TestRepository) -> Int {
        FileManager.default.contents(atPath: repository.scratch.path + "/home/setups")?.count ?? 0
    }

    @Test func checksFindTheirEnvironmentAndItIsMadeOnce() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks, "deps.lock": "1\n"])
            let first = try await repository.run("git-validate", [])
            #expect(first.succeeded, "\(first)")
            let made = setups(repository)
            #expect(made >= 2 && made <= 4, "once, or twice where two checks began at the same moment")
            try await repository.commit("two", files: ["other": "x\n"])
            #expect(try await repository.run("git-validate", []).succeeded)
            #expect(setups(repository) == made, "it is kept")
            try await repository.commit("three", files: ["deps.lock": "2\n"])
            #expect(try await repository.run("git-validate", []).succeeded)
            #expect(setups(repository) > made, "its key changed")
            let list = try await repository.run("git-validate", ["env"])
            #expect(list.output.split(separator: "\n").count == 3, "\(list)")
            let warm = try await repository.run("git-validate", ["env", "warm"])
            #expect(warm.succeeded && warm.output.contains("deps: was warm"), "\(warm)")
            let prune = try await repository.run("git-validate", ["env", "prune", "--max-size", "1"])
            #expect(prune.output.split(separator: "\n").count == 2, "\(prune)")
        }
    }

    @Test func aWorktreeOnDiskIsNeverTouched() async throws {
        try await TestRepository.with { repository in
            try await repository.commit("one", files: [".gitpatch": Self.checks, "deps.lock": "1\n"])
            #expect(try await repository.run("git-validate", ["env", "warm"]).succeeded)
            #expect(!repository.exists("deps"))
            #expect(try await repository.git("status", "--porcelain") == "")
        }
    }

    @Test func whatCannotBeMadeIsTold() async throws {
        try await TestRepository.with { repository in
            let cases = [
                ("setup = echo broken >&2; false\npath = x", "failed: broken", Int32(1)),
                ("setup = true\npath = x", "did not make 'x'", 1), ("setup = true\npath = deps.lock", "deps.lock", 78),
                ("path = x", "has no 'setup'", 78), ("setup = true", "has no 'path'", 78),
            ]
            for (text, words, code) in cases {
                let lines = text.replacing("setup = echo broken >&2; false", with: "setup = \"echo broken >&2; false\"")
                let file = "[environment \"e\"]\n\(lines)\n[check \"a\"]\nrun = true\nenvironment = e\n"
                try await repository.commit("one", files: [".gitpatch": file, "deps.lock": "1\n"])
                let result = try await repository.run("git-validate", [])
                #expect(result.exitCode == code && result.errorOutput.contains(words), "\(text): \(result)")
            }
            try await repository.commit(
                "x", files: [".gitpatch": "[check \"a\"]\nrun = true\nenvironment = nonesuch\n"])
            #expect(try await repository.run("git-validate", []).exitCode == 64)
        }
    }
}
