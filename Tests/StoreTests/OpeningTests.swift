import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import Store

/// Opening a store: new, newer, damaged, forbidden.
struct OpeningTests {
    @Test func aNewStoreHasTheNewestFormat() async throws {
        try await Scratch.with { scratch in
            let directory = scratch.path + "/gitpatch"
            #expect(!Store.exists(in: directory))
            let store = try Store.open(directory: directory)
            #expect(Store.exists(in: directory))
            #expect(try version(of: store) == Schema.version)
            let again = try Store.open(directory: directory)
            #expect(try again.operations().isEmpty)
        }
    }

    /// Whoever ends leaves what was recorded in the log, until it is long: then all of it goes into the store.
    @Test func theLogIsPutIntoTheStoreWhenItIsLong() async throws {
        try await Scratch.with { scratch in
            let directory = try scratch.makeDirectory("gitpatch")
            let log = directory + "/store.sqlite-wal"
            var sizes: [Int] = []
            for number in 0..<100 {
                do {
                    let store = try Store.open(directory: directory)
                    if number > 0 { #expect(try store.fact("newest") == "\(number - 1)") }
                    try store.setFact("newest", to: "\(number)")
                }
                sizes.append(fileSize(log))
            }
            #expect(sizes.contains { $0 > 0 } && sizes.count { $0 == 0 } > 1)
            #expect(sizes.allSatisfy { $0 < 100 * 4096 }, "\(sizes)")
            // With the log gone when it was empty, nothing is lost.
            while fileSize(log) > 0 { try Store.open(directory: directory).setFact("last", to: "yes") }
            for ending in ["-wal", "-shm"] {
                try FileManager.default.removeItem(atPath: directory + "/store.sqlite" + ending)
            }
            let store = try Store.open(directory: directory)
            #expect(try store.fact("newest") == "99" && store.fact("last") == "yes")
        }
    }

    /// A log that holds frames is opened without the right to make it; one that is gone or empty is made as ever.
    @Test(arguments: ["kept", "emptied", "removed"]) func aLogIsOpenedInEveryState(_ state: String) async throws {
        try await Scratch.with { scratch in
            let directory = try scratch.makeDirectory("gitpatch")
            let path = directory + "/store.sqlite"
            do { try Store.open(directory: directory).setFact("kept", to: "yes") }
            #expect(fileSize(path + "-wal") > 32)
            if state != "kept" {
                let store = try Store.open(directory: directory)
                _ = try store.database.query("PRAGMA wal_checkpoint(TRUNCATE)", operation: "") { _ in () }
            }
            if state == "removed" {
                for end in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + end) }
            }
            do {
                let store = try Store.open(directory: directory)
                #expect(try store.fact("kept") == "yes")
                try store.setFact("kept", to: "still")
            }
            #expect(try Store.open(directory: directory).fact("kept") == "still")
        }
    }

    @Test(arguments: 0..<Schema.migrations.count) func everyOldFormatIsBroughtUp(_ old: Int) async throws {
        try await Scratch.with { scratch in
            let directory = try scratch.makeDirectory("gitpatch")
            do {
                let database = try Database.open(path: directory + "/store.sqlite", busyTimeout: 100)
                for statement in Schema.migrations[..<old].joined() { try database.run(statement, operation: "") }
                try database.run("PRAGMA user_version = \(old)", operation: "")
            }
            let store = try Store.open(directory: directory)
            #expect(try version(of: store) == Schema.version)
            try store.begin(sample())
            #expect(try store.operations().count == 1)
        }
    }

    @Test func aNewerFormatIsRefusedAndLeftAlone() async throws {
        try await Scratch.with { scratch in
            let directory = try scratch.makeDirectory("gitpatch")
            do {
                let store = try Store.open(directory: directory)
                try store.setFact("from", to: "the future")
                try store.database.run("PRAGMA user_version = \(Schema.version + 1)", operation: "")
            }
            let error = #expect(throws: StoreError.self) { _ = try Store.open(directory: directory) }
            #expect(error?.code == .newer && error?.exitStatus == 69 && error?.hints.isEmpty == false)
            let database = try Database.open(path: directory + "/store.sqlite", busyTimeout: 100)
            let facts = try database.query("SELECT value FROM facts", operation: "") { row in row.text(0) }
            #expect(facts == ["the future"])
        }
    }

    @Test(arguments: ["garbage", "negative", "cut", "scrambled", "no table", "bad row"])
    func damageIsCalledDamage(_ kind: String) async throws {
        try await Scratch.with { scratch in
            let directory = try scratch.makeDirectory("gitpatch")
            let path = directory + "/store.sqlite"
            do {
                let store = try Store.open(directory: directory)
                for _ in 0..<50 { try store.begin(sample(intent: String(repeating: "i", count: 3000))) }
                switch kind {
                case "negative": try store.database.run("PRAGMA user_version = -3", operation: "")
                case "no table": try store.database.run("DROP TABLE operations", operation: "")
                case "bad row": try store.database.run("UPDATE operations SET state = 'sleeping'", operation: "")
                default: break
                }
                try store.database.run("PRAGMA wal_checkpoint(TRUNCATE)", operation: "")
            }
            switch kind {
            case "garbage":
                for end in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + end) {
                    try FileManager.default.removeItem(atPath: path + end)
                }
                try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            case "cut": truncate(path, 40_000)
            case "scrambled":
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                for index in 4096..<bytes.count { bytes[index] = 0x5A }
                try bytes.write(to: URL(fileURLWithPath: path))
            default: break
            }
            let error = #expect(throws: StoreError.self) {
                let store = try Store.open(directory: directory)
                return try store.operations().count
            }
            #expect(error?.code == .damaged, "\(kind): \(error.map { "\($0)" } ?? "nothing thrown")")
            #expect(error?.exitStatus == 70 && error?.hints.isEmpty == false)
        }
    }

    @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
    func aFolderThatCannotBeWrittenIsToldAsSuch() async throws {
        try await Scratch.with { scratch in
            let closed = try scratch.makeDirectory("closed")
            chmod(closed, 0o555)
            let error = #expect(throws: StoreError.self) { _ = try Store.open(directory: closed + "/gitpatch") }
            #expect(error?.code == .readOnly && error?.exitStatus == 69)
        }
    }

    @Test func aFileInTheWayIsTold() async throws {
        try await Scratch.with { scratch in
            try Data().write(to: URL(fileURLWithPath: scratch.path + "/gitpatch"))
            let error = #expect(throws: StoreError.self) { _ = try Store.open(directory: scratch.path + "/gitpatch") }
            #expect(error?.exitStatus == 69)
            _ = try scratch.makeDirectory("other/store.sqlite")
            let second = #expect(throws: StoreError.self) { _ = try Store.open(directory: scratch.path + "/other") }
            #expect(second?.exitStatus == 69)
        }
    }

    private func version(of store: borrowing Store) throws -> Int {
        Int(
            try store.database.query("PRAGMA user_version", operation: "") { row in row.integer(0) }.first.flatMap {
                $0
            } ?? -1)
    }
}
