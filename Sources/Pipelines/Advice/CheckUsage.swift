package import Store

/// What the recorded runs of a check used: what a runner for it must have.
package struct CheckUsage: Sendable, Hashable {
    /// How many runs it is made from.
    package let runs: Int
    /// The median in seconds.
    package let seconds: Double
    /// Seconds of processor time for each second of running: how many processors it kept busy on average, in the median.
    package let cores: Double
    /// The most memory of any run, in bytes.
    package let memory: Int64

    /// Fewer runs say nothing.
    package static let fewest = 3

    /// Creates a usage.
    package init(runs: Int, seconds: Double, cores: Double, memory: Int64) {
        self.runs = runs
        self.seconds = seconds
        self.cores = cores
        self.memory = memory
    }

    /// Sums the newest passes up, of which processor time and memory are known; `nil` of too few. A run that failed may
    /// have ended early.
    package init?(_ timings: [TimingRecord]) {
        let runs = timings.filter { ["passed", "flaky"].contains($0.outcome) && $0.duration > 0 }.prefix(20)
            .compactMap { run in run.cpu.flatMap { cpu in run.memory.map { (run.duration, cpu, $0) } } }
        guard runs.count >= CheckUsage.fewest, let memory = runs.map(\.2).max() else { return nil }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        self.init(
            runs: runs.count, seconds: median(runs.map(\.0)), cores: median(runs.map { $0.1 / $0.0 }), memory: memory)
    }
}
