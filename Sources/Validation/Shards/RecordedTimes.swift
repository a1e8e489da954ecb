/// How long names took in recorded runs: the test cases of JUnit files.
///
/// A name may be what a case is called in any of the usual ways: its name, its class or a beginning of that, class and
/// name together, the file, the suite. Several cases of a name add up; of several files that know it the mean counts.
package struct RecordedTimes: Sendable {
    private var sums: [[UInt8]: (seconds: Double, files: Int)] = [:]

    /// Nothing recorded.
    package init() {}

    /// Adds what a file says.
    ///
    /// - Throws: `SplitProblem.notJUnit`.
    package mutating func add(_ bytes: [UInt8], path: String) throws(SplitProblem) {
        var reader = TagReader(bytes)
        var suites: [[String: String]] = []
        var isJUnit = false
        var found: [[UInt8]: Double] = [:]
        while let tag = reader.next() {
            switch tag.name {
            case "testsuite", "testsuites":
                isJUnit = true
                if tag.isEnd { _ = suites.popLast() } else if !tag.isEmpty { suites.append(tag.attributes) }
            case "testcase" where !tag.isEnd:
                guard let seconds = RecordedTimes.seconds(tag.attributes["time"]) else { continue }
                for key in RecordedTimes.keys(of: tag.attributes, in: suites.last ?? [:]) {
                    found[Array(key.utf8), default: 0] += seconds
                }
            default: break
            }
        }
        guard isJUnit, reader.isComplete else { throw .notJUnit(path) }
        for (key, seconds) in found {
            let old = sums[key] ?? (0, 0)
            sums[key] = (old.seconds + seconds, old.files + 1)
        }
    }

    /// The seconds of a name; `nil` when no file knows it.
    package func seconds(_ name: [UInt8]) -> Double? {
        if sums.isEmpty { return nil }
        for form in [name, RecordedTimes.dotted(name)] {
            if let sum = sums[form] { return sum.seconds / Double(sum.files) }
        }
        return nil
    }

    /// `1.5`, or `1,234.5` as some write it.
    private static func seconds(_ text: String?) -> Double? {
        guard let text, let seconds = Double(text.filter { $0 != "," }), seconds.isFinite, seconds >= 0 else {
            return nil
        }
        return seconds
    }

    private static func keys(of test: [String: String], in suite: [String: String]) -> Set<String> {
        var keys: Set<String> = []
        let name = test["name"] ?? ""
        for key in [name, test["file"], suite["name"], suite["file"]] { keys.insert(key ?? "") }
        if let type = test["classname"], !type.isEmpty {
            for joint in [".", "::", "/", " "] where !name.isEmpty { keys.insert(type + joint + name) }
            // `tests.test_a.TestOne` is part of `tests.test_a`; a class with more dots is not a class.
            let dots = type.indices.filter { type[$0] == "." }
            keys.insert(type)
            if dots.count <= 16 { for dot in dots { keys.insert(String(type[..<dot])) } }
        }
        keys.remove("")
        return keys
    }

    /// A path as a class is called: `./tests/test_a.py::TestOne` is `tests.test_a.TestOne`.
    private static func dotted(_ name: [UInt8]) -> [UInt8] {
        var rest = name[...]
        if rest.starts(with: "./".utf8) { rest = rest.dropFirst(2) }
        let colon = UInt8(ascii: ":")
        let end = rest.firstIndex(of: colon) ?? rest.endIndex
        var path = rest[..<end]
        let slash = path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        if let dot = path.lastIndex(of: UInt8(ascii: ".")), dot > slash { path = path[..<dot] }
        let joint = UInt8(ascii: ".")
        let parts = path.split(separator: UInt8(ascii: "/")) + rest[end...].split(separator: colon)
        return Array(parts.joined(separator: [joint]))
    }
}
