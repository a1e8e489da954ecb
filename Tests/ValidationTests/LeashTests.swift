import Testing

@testable import Validation

/// What a background run reads from its standard input.
struct LeashTests {
    /// Reads from bytes as from a pipe: at most 4096 at once.
    private func line(of bytes: [UInt8]) -> (line: [UInt8], rest: [UInt8], reads: Int)? {
        var (rest, reads) = (bytes[...], 0)
        let found = Leash.firstLine { buffer in
            reads += 1
            let count = min(rest.count, buffer.count, 4096)
            buffer.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        return found.map { ($0.line, $0.rest, reads) }
    }

    /// A push that changes very many files makes a long job.
    @Test func aLongJobIsReadInBlocks() throws {
        let job = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000)
        let found = try #require(line(of: job + Array("\n".utf8)))
        #expect(found.line == job && found.rest.isEmpty)
        #expect(found.reads == 245)
    }

    @Test func whatFollowsTheJobIsKept() throws {
        let found = try #require(line(of: Array("job\ngo on\n".utf8)))
        #expect(found.line == Array("job".utf8) && found.rest == Array("go on\n".utf8))
    }

    @Test func anInputThatEndsEarlyIsNoJob() {
        #expect(line(of: Array("job".utf8)) == nil)
        #expect(line(of: []) == nil)
    }
}
