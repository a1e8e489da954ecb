/// A source of random numbers that repeats for a seed (SplitMix64), so that a failing case can be made again.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a source; equal seeds give equal numbers.
    package init(_ seed: UInt64) { state = SeededGenerator.mixed(seed &+ 1) }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SeededGenerator.mixed(state)
    }

    /// Spreads the bits; without it, neighbouring seeds would give the same numbers a few places apart.
    private static func mixed(_ bits: UInt64) -> UInt64 {
        var value = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// One of the elements; `nil` for none.
    package mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &self) }

    /// Elements drawn with repetition, joined: a text of up to `count` pieces.
    package mutating func text(of pieces: [String], upTo count: Int) -> String {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in pick(pieces) ?? "" }.joined()
    }
}
