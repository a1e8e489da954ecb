import GitValues

/// Which check starts next: a pure value that is told what happened.
///
/// Among the checks whose needs are met, the one with the longest remaining path (its own expected duration plus the
/// longest chain that waits for it) goes first; that list order stays within a few percent of the best possible
/// schedule. In fail-fast mode checks that failed last time come first, then those whose files changed, then those that
/// are most likely to fail for each second they take.
struct Schedule: Sendable {
    /// One check as the schedule sees it.
    struct Item: Sendable {
        let name: String
        let needs: [String]
        /// Words; items that share one never run at the same time.
        let exclusive: Set<String>
        /// Expected seconds.
        let expected: Double
        let failedLast: Bool
        /// Whether `expected` comes from earlier runs.
        var isKnown = true
        /// Whether the change touches what the check declares.
        var isTouched = false
        /// Failures for each second of running, from earlier runs.
        var hazard = 0.0
    }

    private enum State { case waiting, running, good, bad }

    private let items: [String: Item]
    private let order: [String]
    private let jobs: Int
    private var states: [String: State]

    /// Creates a schedule.
    ///
    /// - Parameters:
    ///   - items: in the order of the file, which decides between equals; all needs are among them.
    ///   - jobs: how many run at once, at least one.
    init(_ items: [Item], jobs: Int, failFast: Bool) {
        self.items = Dictionary(items.map { ($0.name, $0) }) { first, _ in first }
        self.jobs = max(1, jobs)
        states = self.items.mapValues { _ in .waiting }
        let paths = Schedule.remainingPaths(items)
        order = items.enumerated().sorted { left, right in
            if failFast {
                let (one, two) = (left.element, right.element)
                if one.failedLast != two.failedLast { return one.failedLast }
                if one.isTouched != two.isTouched { return one.isTouched }
                if one.hazard != two.hazard { return one.hazard > two.hazard }
            }
            let (one, two) = (paths[left.element.name] ?? 0, paths[right.element.name] ?? 0)
            return one == two ? left.offset < right.offset : one > two
        }.map(\.element.name)
    }

    /// Seconds from the start of each item to the end of the longest chain through it.
    static func remainingPaths(_ items: [Item]) -> [String: Double] {
        var dependants: [String: [Item]] = [:]
        for item in items {
            for need in item.needs { dependants[need, default: []].append(item) }
        }
        var paths: [String: Double] = [:]
        func path(of item: Item) -> Double {
            if let known = paths[item.name] { return known }
            paths[item.name] = item.expected  // Were there a circle, it would end here.
            let below = dependants[item.name]?.map(path).max() ?? 0
            paths[item.name] = item.expected + below
            return item.expected + below
        }
        for item in items { _ = path(of: item) }
        return paths
    }

    /// The next item that may start now, marked as running; `nil` when none may.
    mutating func next(except blocked: Set<String> = []) -> String? {
        let running = states.filter { $0.value == .running }.keys
        guard running.count < jobs else { return nil }
        let taken = running.reduce(into: Set<String>()) { $0.formUnion(items[$1]?.exclusive ?? []) }
        for name in order where states[name] == .waiting && !blocked.contains(name) {
            guard let item = items[name], item.needs.allSatisfy({ states[$0] == .good }),
                item.exclusive.isDisjoint(with: taken)
            else { continue }
            states[name] = .running
            return name
        }
        return nil
    }

    /// Notes how a running item ended. Returns the waiting items that can never run now, each with the bad need.
    mutating func finished(_ name: String, good: Bool) -> [(name: String, need: String)] {
        states[name] = good ? .good : .bad
        guard !good else { return [] }
        var dead: [(name: String, need: String)] = []
        var open = [name]
        while let bad = open.popLast() {
            for waiting in order where states[waiting] == .waiting && items[waiting]?.needs.contains(bad) == true {
                states[waiting] = .bad
                dead.append((waiting, bad))
                open.append(waiting)
            }
        }
        return dead
    }

    /// Notes an item whose verdict is known without running it.
    mutating func known(good name: String) { states[name] = .good }

    /// Puts items back to be started, once more or after all.
    mutating func reopen(_ names: [String]) {
        for name in names where states[name] != nil { states[name] = .waiting }
    }

    /// The items that have not been started.
    var waiting: [String] { order.filter { states[$0] == .waiting } }

    /// How long the rest is expected to take; `nil` when nothing is left or nothing is known of something.
    var estimate: TimeSpan? {
        guard !waiting.isEmpty, waiting.allSatisfy({ items[$0]?.isKnown ?? false }) else { return nil }
        var copy = self
        var now = 0.0
        var ends: [(name: String, end: Double)] = []
        while true {
            while let name = copy.next() { ends.append((name, now + (items[name]?.expected ?? 0))) }
            guard let first = ends.min(by: { $0.end < $1.end }) else { return TimeSpan(seconds: now) }
            now = first.end
            ends.removeAll { $0.name == first.name }
            _ = copy.finished(first.name, good: true)
        }
    }
}
