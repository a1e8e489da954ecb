/// A length of time as configuration writes it: a bare number is seconds; units are `ms s m h d`.
package struct TimeSpan: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Seconds, never negative.
    package let seconds: Double

    /// Creates a length of time; negative values and NaN become zero, endless ones 30 million years.
    package init(seconds: Double) { self.seconds = seconds > 0 ? min(seconds, 1e15) : 0 }

    /// Parses `90`, `1.5h`, `500ms`; `nil` for anything else, negative numbers included.
    package init?(_ text: some StringProtocol) {
        guard let (number, unit) = splitQuantity(text) else { return nil }
        switch unit {
        case "ms": self.init(seconds: number / 1000)
        case "", "s": self.init(seconds: number)
        case "m": self.init(seconds: number * 60)
        case "h": self.init(seconds: number * 3600)
        case "d": self.init(seconds: number * 86_400)
        default: return nil
        }
    }

    package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.seconds < right.seconds }

    /// For people: `85 ms`, `2.4 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`.
    package var description: String {
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 59.95 {
            let tenths = Int((seconds * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return pair(whole / 60, "m", whole % 60, "s") }
        if whole < 86_400 { return pair(whole / 3600, "h", whole / 60 % 60, "m") }
        return pair(whole / 86_400, "d", whole / 3600 % 24, "h")
    }

    private func pair(_ first: Int, _ unit: String, _ second: Int, _ smaller: String) -> String {
        second == 0 ? "\(first) \(unit)" : "\(first) \(unit) \(second) \(smaller)"
    }
}

/// A number of bytes as configuration writes it: a bare number is bytes; units are `k m g`, powers of 1024 as in git.
package struct ByteSize: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Bytes, never negative.
    package let bytes: Int64

    /// Creates a size; negative values become zero.
    package init(bytes: Int64) { self.bytes = max(0, bytes) }

    /// Parses `50m`, `512`, `1.5g`; `nil` for anything else, negative numbers and overflow included.
    package init?(_ text: some StringProtocol) {
        guard let (number, unit) = splitQuantity(text) else { return nil }
        let factor: Double
        switch unit.lowercased() {
        case "": factor = 1
        case "k": factor = 1024
        case "m": factor = 1024 * 1024
        case "g": factor = 1024 * 1024 * 1024
        default: return nil
        }
        let value = (number * factor).rounded()
        guard value < 9e18 else { return nil }
        self.init(bytes: Int64(value))
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

    /// For people: `812 bytes`, `1.5 KB`, `50 MB`.
    package var description: String {
        if bytes < 1024 { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        var value = Double(bytes)
        var unit = ""
        for next in ["KB", "MB", "GB", "TB"] where value >= 1023.95 || unit.isEmpty {
            value /= 1024
            unit = next
        }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 || tenths >= 1000
            ? "\((tenths + 5) / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}

private func splitQuantity(_ text: some StringProtocol) -> (Double, String)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count)
    guard !digits.isEmpty, digits.first != ".", digits.last != ".", let number = Double(digits), number.isFinite else {
        return nil
    }
    return (number, String(unit))
}
