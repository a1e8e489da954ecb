#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A point in time with milliseconds, written as RFC 3339 in UTC.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// Creates a point in time from milliseconds since the epoch; beyond the years 0 to 9999 the nearest of these.
    package init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Timestamp.first * 1000), Timestamp.last * 1000 + 999)
    }

    /// Creates a point in time from whole seconds since the epoch; beyond the years 0 to 9999 the nearest of these.
    package init(seconds: Int64) {
        self.milliseconds = min(max(seconds, Timestamp.first), Timestamp.last) * 1000
    }

    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what RFC 3339 can write.
    private static let first: Int64 = -62_167_219_200
    private static let last: Int64 = 253_402_300_799

    /// The system's clock now; it may jump, so never measure durations with it.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since the epoch, rounded down.
    package var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    /// The time that many seconds later.
    package func adding(seconds: Double) -> Timestamp {
        let sum = Double(milliseconds) + (seconds * 1000).rounded()
        // Numbers of milliseconds in range are exact in a Double; what is out of range or none becomes the nearest.
        return Timestamp(milliseconds: sum.isNaN ? milliseconds : Int64(min(max(sum, -1e18), 1e18)))
    }

    /// Seconds from an earlier time to this one; negative when `earlier` is later.
    package func seconds(since earlier: Timestamp) -> Double { Double(milliseconds - earlier.milliseconds) / 1000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// `2026-11-23`, in UTC.
    package var day: String { String(description.prefix(10)) }

    /// `2026-11-23T21:13:05Z`, with `.123` before the `Z` when there are milliseconds.
    package var description: String {
        let days = Int(floorDivide(seconds, 86_400))
        let second = Int(seconds - Int64(days) * 86_400)
        let date = civilDate(daysSinceEpoch: days)
        let fraction = Int(milliseconds - seconds * 1000)
        let time = "\(pad(second / 3600)):\(pad(second / 60 % 60)):\(pad(second % 60))"
        let tail = fraction == 0 ? "" : "." + pad(fraction, 3)
        return "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))T\(time)\(tail)Z"
    }

    /// Parses what `description` writes; offsets other than `Z` are refused, digits below milliseconds are dropped.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[4] == UInt8(ascii: "-"),
            bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":")
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard bytes[range].allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
            return Int(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1...12).contains(month), day >= 1,
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        guard civilDate(daysSinceEpoch: days).month == month else { return nil }
        var fraction = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: "."), bytes.count > 21 else { return nil }
            for (index, scale) in [100, 10, 1].enumerated() where 20 + index < bytes.count - 1 {
                guard let digit = number((20 + index)..<(21 + index)) else { return nil }
                fraction += digit * scale
            }
            guard bytes[20..<(bytes.count - 1)].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        }
        let total = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(milliseconds: total * 1000 + Int64(fraction))
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not an RFC 3339 time")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private func pad(_ value: Int, _ width: Int = 2) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
}

/// Proleptic Gregorian date of a day number; years are shifted to start in March so that leap days come last.
private func civilDate(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
}

private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
