/// Summaries of numbers that noise does not move.
package enum Statistics {
    /// The middle value; `nil` of none.
    package static func median(_ values: [Double]) -> Double? { percentile(values, 0.5) }

    /// The value that a share of all stay at or below, between two neighbours in proportion; `nil` of none.
    package static func percentile(_ values: [Double], _ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let place = Double(sorted.count - 1) * share
        let low = Int(place)
        guard low + 1 < sorted.count else { return sorted[low] }
        return sorted[low] + (sorted[low + 1] - sorted[low]) * (place - Double(low))
    }

    /// A change of the median between two groups.
    package struct Shift: Sendable, Hashable {
        package let before: Double
        package let after: Double
        /// 0.1 is ten percent longer.
        package var share: Double { before > 0 ? after / before - 1 : 0 }
    }

    /// The change of the median, when it is beyond what the scatter of both groups explains.
    ///
    /// Beyond: at least a tenth and a tenth of a second, and more than three standard errors of a median, taken from the
    /// median distance to the median, so that single outliers neither make nor hide a change. `nil` with fewer than four
    /// values on a side.
    package static func shift(from before: [Double], to after: [Double]) -> Shift? {
        guard before.count >= 4, after.count >= 4, let old = median(before), let new = median(after) else { return nil }
        func error(_ values: [Double], _ middle: Double) -> Double {
            let scatter = (median(values.map { abs($0 - middle) }) ?? 0) * 1.4826
            return scatter * 1.2533 / Double(values.count).squareRoot()
        }
        let (one, two) = (error(before, old), error(after, new))
        let noise = 3 * (one * one + two * two).squareRoot()
        guard abs(new - old) > max(noise, old / 10, 0.1) else { return nil }
        return Shift(before: old, after: new)
    }

    /// Where two parts of a series differ most: the place of the first value of the later one, so that both lie as near to
    /// their medians as they can. Only places count where the median changes as it does in all, by half as much or more:
    /// what got slower may have got faster by far more before. `nil` of fewer than eight, and where there is none.
    package static func turn(in values: [Double], like shift: Shift) -> Int? {
        guard values.count >= 8 else { return nil }
        func spread(_ part: ArraySlice<Double>) -> Double {
            let middle = median(Array(part)) ?? 0
            return part.reduce(0) { $0 + abs($1 - middle) }
        }
        let change = shift.after - shift.before
        func isAlike(_ place: Int) -> Bool {
            guard let old = median(Array(values[..<place])), let new = median(Array(values[place...])) else {
                return false
            }
            return (new - old) / change >= 0.5
        }
        return (4...(values.count - 4)).filter(isAlike).min { left, right in
            spread(values[..<left]) + spread(values[left...]) < spread(values[..<right]) + spread(values[right...])
        }
    }
}
