import Automerge
import GitValues

/// A seeded source of chance: the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }
}

/// Stands for a change; a tree is a set of changes.
typealias Change = Int

/// The remote of a simulation and the truth about it: what is red, what conflicts, what moved and why.
struct World {
    struct Patch {
        enum State { case armed, landed, ejected, closed }
        var state = State.armed
        /// Counts the heads; each head is another change.
        var head: Int
        /// Moves with every change of the record.
        var record = 0
        var landings = 0
        var change: Change { head }
    }

    struct Commit {
        var parent: ObjectID?
        var changes: Set<Change>
    }

    /// Changes that are red by themselves.
    var bad: Set<Change> = []
    /// Pairs of changes that are red together.
    var badPairs: [Set<Change>] = []
    /// Pairs of changes that do not merge.
    var conflicts: [Set<Change>] = []
    /// How often a green tree is red by bad luck.
    var flake = 0.0
    /// How often a patch makes the very change of another one.
    var twins = 0.0

    var commits: [ObjectID: Commit] = [:]
    var tip: ObjectID {
        didSet { tipTrees.insert(tree(commits[tip]?.changes ?? [])) }
    }
    var epoch = 0
    var isStopped = false
    var patches: [RecordID: Patch] = [:]
    var order: [RecordID] = []

    /// What every head that ever was brings: objects stay when a branch moves on.
    var heads: [ObjectID: Change] = [:]
    /// The trees the target ever had.
    var tipTrees: Set<ObjectID> = []
    /// The changes of every tree that was tested.
    var testedTrees: [ObjectID: Set<Change>] = [:]

    /// Trees that a test really found green, and how often each was found red.
    var provenGreen: Set<ObjectID> = []
    var provenRed: [ObjectID: Int] = [:]
    var tests = 0
    var landedMembers = 0
    var violations: [String] = []
    private var nextChange = 1

    init() {
        tip = World.id("root", 0)
        commits[tip] = Commit(parent: nil, changes: [])
        tipTrees.insert(tree([]))
    }

    static func id(_ kind: String, _ value: Int) -> ObjectID {
        var bytes = Array(kind.utf8.prefix(8))
        while bytes.count < 12 { bytes.append(0) }
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (shift * 8))) }
        guard let id = ObjectID(bytes: bytes) else { preconditionFailure("20 bytes that are not all zero") }
        return id
    }

    mutating func freshChange() -> Change {
        nextChange += 1
        return nextChange
    }

    func tree(_ changes: Set<Change>) -> ObjectID {
        var hasher = FNV()
        for change in changes.sorted() { hasher.add(change) }
        return World.id("tree", hasher.value)
    }

    mutating func commit(parent: ObjectID, changes: Set<Change>) -> ObjectID {
        var hasher = FNV()
        for byte in parent.bytes { hasher.add(Int(byte)) }
        for change in changes.sorted() { hasher.add(change) }
        let id = World.id("commit", hasher.value)
        commits[id] = Commit(parent: parent, changes: changes)
        return id
    }

    func headID(_ patch: Patch) -> ObjectID { World.id("head", patch.head) }

    func isRed(_ changes: Set<Change>) -> Bool {
        !changes.isDisjoint(with: bad) || badPairs.contains { $0.isSubset(of: changes) }
    }

    func clash(_ change: Change, _ changes: Set<Change>) -> Bool {
        conflicts.contains { $0.contains(change) && !$0.subtracting([change]).isDisjoint(with: changes) }
    }

    /// Adds a patch; now and then somebody has made the very change of another one.
    mutating func addPatch(using generator: inout SeededGenerator) -> RecordID {
        let id = RecordID.make(using: &generator)
        let others = patches.values.map(\.head).sorted()
        let twin = generator.chance(twins) ? others.randomElement(using: &generator) : nil
        let patch = Patch(head: twin ?? freshChange())
        patches[id] = patch
        heads[headID(patch)] = patch.head
        order.append(id)
        return id
    }

    /// The members whose gates are open, first come, first served.
    var eligible: [QueueMember] {
        order.compactMap { id in
            guard let patch = patches[id], patch.state == .armed else { return nil }
            return QueueMember(id: id, head: headID(patch))
        }
    }

    /// How often a change was found red on top of nothing but what was good: what landed, or what a test found green.
    func redsAlone(_ change: Change) -> Int {
        testedTrees.reduce(0) { sum, entry in
            guard entry.value.contains(change), let reds = provenRed[entry.key] else { return sum }
            let rest = tree(entry.value.subtracting([change]))
            return tipTrees.contains(rest) || provenGreen.contains(rest) ? sum + reds : sum
        }
    }

    /// Whether a commit builds on another one.
    func follows(_ commit: ObjectID, _ ancestor: ObjectID) -> Bool {
        var place: ObjectID? = commit
        while let here = place {
            if here == ancestor { return true }
            place = commits[here]?.parent
        }
        return false
    }

    mutating func violate(_ text: String) { violations.append(text) }
}

/// Fowler, Noll and Vo's hash: stable from run to run, unlike Swift's.
struct FNV {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ number: Int) {
        for shift in 0..<8 {
            state = (state ^ UInt64(UInt8(truncatingIfNeeded: number >> (shift * 8)))) &* 0x100_0000_01b3
        }
    }

    var value: Int { Int(truncatingIfNeeded: state) }
}
