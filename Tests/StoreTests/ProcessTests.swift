import Foundation
import GitValues
import SuiteTestSupport
import Testing

@testable import Store

/// Several processes at one store, and processes that die.
struct ProcessTests {
    @Test func manyProcessesOpenANewStoreAtOnce() async throws {
        try await Scratch.with { scratch in
            let count = 16
            try await withThrowingTaskGroup(of: CommandResult.self) { group in
                for _ in 0..<count { group.addTask { try await process("open", scratch) } }
                for try await result in group { #expect(result.succeeded, "\(result)") }
            }
            let store = try Store.open(directory: scratch.path + "/gitpatch")
            #expect(try store.fact("opened") == "\(count)", "no count was lost")
        }
    }

    @Test func connectionsOfOneProcessSeeEachOther() async throws {
        try await Scratch.with { scratch in
            let directory = scratch.path + "/gitpatch"
            let first = try Store.open(directory: directory)
            let second = try Store.open(directory: directory)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        let store = try Store.open(directory: directory, busyTimeout: 30_000)
                        for index in 0..<25 { try store.setFact("\(writer)/\(index)", to: "x") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try (0..<4).allSatisfy { try first.fact("\($0)/24") == "x" })
            let operation = sample()
            try first.begin(operation)
            #expect(try second.unfinishedOperations() == [operation])
        }
    }

    @Test func aHeldStoreIsBusyAndStillReadable() async throws {
        try await Scratch.with { scratch in
            let directory = scratch.path + "/gitpatch"
            let store = try Store.open(directory: directory, busyTimeout: 50)
            try store.setFact("before", to: "yes")
            let holder = try start("hold", scratch)
            defer { holder.end() }
            #expect(try holder.line() == "holding")
            let error = #expect(throws: StoreError.self) { try store.setFact("during", to: "yes") }
            #expect(error?.code == .busy && error?.exitStatus == 75 && error?.hints.isEmpty == false)
            #expect(try store.fact("before") == "yes" && store.fact("held") == nil)
            holder.end()
            try store.setFact("after", to: "yes")
            #expect(try store.fact("held") == nil, "what a killed process had not committed is gone")
        }
    }

    @Test(arguments: 0..<12) func nothingThatWasToldIsLostWhenAWriterIsKilled(_ round: Int) async throws {
        try await Scratch.with { scratch in
            let writer = try start("write", scratch)
            defer { writer.end() }
            // Killed in the middle of whatever it does after so many lines.
            var lines: [String] = []
            for _ in 0..<(1 + round * 7) { lines.append(try #require(try writer.line())) }
            writer.end()
            while let line = try writer.line() { lines.append(line) }
            let store = try Store.open(directory: scratch.path + "/gitpatch")
            let check = try store.database.query("PRAGMA integrity_check", operation: "") { row in row.text(0) ?? "" }
            #expect(check == ["ok"])
            for line in lines {
                let words = line.split(separator: " ")
                let id = try #require(RecordID(words[1]))
                let operation = try #require(try store.operation(id), "\(line)")
                switch words[0] {
                case "captured": #expect(try store.steps(of: id) == ["captured": "d"])
                case "done": #expect(operation.state == .done)
                default: break
                }
            }
            // What ends an operation is one change: all of it is there, or nothing.
            for operation in try store.operations() {
                let isDone = operation.state == .done
                #expect(try (store.patch(operation.id) != nil) == isDone)
                #expect(try store.requests(ofOperation: operation.id).count == (isDone ? 2 : 0))
                #expect(operation.owner.isAlive == false, "the mark tells that the process is gone")
            }
            #expect(try store.unfinishedOperations().count <= 1)
        }
    }

    @Test func marksTellTheLivingFromTheDead() throws {
        let own = ProcessMark.current()
        #expect(own.isAlive && own == ProcessMark.current())
        #expect(!ProcessMark(pid: own.pid, start: own.start + 1, boot: own.boot).isAlive, "the number was reused")
        #expect(!ProcessMark(pid: own.pid, start: own.start, boot: "another boot").isAlive)
        #expect(!ProcessMark(pid: Int32.max, start: 1, boot: own.boot).isAlive)
        #expect(ProcessMark(pid: 1, start: 0, boot: "").isAlive, "without a start time the number must do")
    }
}

private func process(_ mode: String, _ scratch: Scratch) async throws -> CommandResult {
    try await runCommand(
        productsDirectory + "/store-process", [mode, scratch.path + "/gitpatch"], in: scratch.path, environment: [:])
}

private func start(_ mode: String, _ scratch: Scratch) throws -> RunningProcess {
    try RunningProcess(productsDirectory + "/store-process", [mode, scratch.path + "/gitpatch"])
}

/// A child that runs beside the test and is killed, never asked to end.
private final class RunningProcess {
    private let process: ChildProcess
    private let output = Pipe()
    private var buffer: [UInt8] = []

    init(_ program: String, _ arguments: [String]) throws {
        let end = fcntl(output.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 0)
        try output.fileHandleForWriting.close()
        process = try ChildProcess(program, arguments, output: .descriptor(end))
    }

    /// The next line it writes; `nil` when it has ended.
    func line() throws -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return nil }
            buffer += data
        }
    }

    func end() {
        guard process.isRunning else { return }
        kill(process.pid, SIGKILL)
        process.wait()
    }
}
