/// Keeps tests that start processes from running all at once: the testing library starts every test together, and
/// hundreds of pipes and children exhaust descriptors and memory of a small machine.
actor Gate {
    /// Eight at once keep two to four cores busy while others wait for a child.
    static let shared = Gate(places: 8)

    /// Whether this task holds a place, so that a scratch folder within another does not wait for itself.
    @TaskLocal static var isInside = false

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    func enter() async {
        if places > 0 {
            places -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
