import GitValues

/// Names divided among the parts of a check so that the parts take about as long.
package enum Split {
    /// The names in a text of one a line, each once, sorted by their bytes; an empty line is none.
    ///
    /// - Throws: `SplitProblem` when there is no name, or what is given is no list of lines.
    package static func names(in bytes: [UInt8]) throws(SplitProblem) -> [[UInt8]] {
        if bytes.contains(0) { throw .notLines }
        var names: Set<[UInt8]> = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let name = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if !name.isEmpty { names.insert(Array(name)) }
        }
        // A list that could not be made looks like this, and a part without work passes.
        if names.isEmpty { throw .noNames }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The names of one part, sorted by their bytes.
    ///
    /// The longest come first, each to the part that has least so far; the same names and times give the same parts. A
    /// name without a time counts as the median of those that have one.
    ///
    /// - Parameter names: sorted, each once.
    package static func part(
        _ choice: ShardChoice, of names: [[UInt8]], seconds: ([UInt8]) -> Double?
    ) -> [[UInt8]] {
        let known = names.map { name in seconds(name).map(microseconds) }
        let sorted = known.compactMap { $0 }.sorted()
        let median = sorted.isEmpty ? 1 : sorted[(sorted.count - 1) / 2]
        let times = known.map { $0 ?? median }
        let order = names.indices.sorted { times[$0] == times[$1] ? $0 < $1 : times[$0] > times[$1] }
        var loads = [(time: Int, names: Int)](repeating: (0, 0), count: choice.count)
        var chosen: [Int] = []
        for index in order {
            var best = 0
            // Of equal loads the one with fewer names, or names that take no time would all go to one part.
            for other in loads.indices where loads[other] < loads[best] { best = other }
            loads[best].time += times[index]
            loads[best].names += 1
            if best == choice.number - 1 { chosen.append(index) }
        }
        return chosen.sorted().map { names[$0] }
    }

    /// A digest of names and of the times that decide how they are divided.
    package static func digest(of names: [[UInt8]], seconds: ([UInt8]) -> Double?) -> String {
        SHA256.hex(
            names.flatMap { name in name + Array("\n\(seconds(name).map(microseconds).map(String.init) ?? "-")\n".utf8)
            })
    }

    /// Whole numbers add up to the same in any order; what is no time is none, and a season is the most.
    private static func microseconds(_ seconds: Double) -> Int {
        guard seconds.isFinite, seconds > 0 else { return 0 }
        return Int(min(seconds, 1e7) * 1e6)
    }
}
